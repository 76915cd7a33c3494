/// Runs reloads one at a time.
///
/// Requests during a reload share the next one, since the files may have changed after the current one started.
actor ReloadQueue {
    private var running: Task<ReloadOutcome, Never>?
    private var waiting: Task<ReloadOutcome, Never>?

    /// Runs a reload that begins after this call.
    ///
    /// - Parameter perform: One reload, retained until it has run.
    /// - Returns: Its outcome.
    func next(_ perform: @escaping @Sendable () async -> ReloadOutcome) async -> ReloadOutcome {
        if let waiting = self.waiting { return await waiting.value }
        let previous = self.running
        let task = Task {
            _ = await previous?.value
            self.running = self.waiting
            self.waiting = nil
            return await perform()
        }
        self.waiting = task
        return await task.value
    }
}
