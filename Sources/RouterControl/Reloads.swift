/// Reloads one after the other, however many ask at one time.
///
/// Whoever asks during a reload waits for the next one, for the files may have changed since the first was begun; all who
/// wait share it.
actor Reloads {
    private var running: Task<ReloadReport, Never>?
    private var waiting: Task<ReloadReport, Never>?

    /// Has a reload begun after this was called.
    ///
    /// - Parameter perform: One reload. Kept until it is done, and no longer: it holds whoever keeps this.
    /// - Returns: How it went.
    func next(_ perform: @escaping @Sendable () async -> ReloadReport) async -> ReloadReport {
        if let waiting = self.waiting { return await waiting.value }
        let before = self.running
        let task = Task {
            _ = await before?.value
            self.running = self.waiting
            self.waiting = nil
            return await perform()
        }
        self.waiting = task
        return await task.value
    }
}
