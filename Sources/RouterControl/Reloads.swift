/// Reloads one after the other, however many ask at one time.
///
/// Whoever asks during a reload waits for the next one, for the files may have changed since the first was begun; all who
/// wait share it.
actor Reloads {
    private let perform: @Sendable () async -> ReloadReport
    private var running: Task<ReloadReport, Never>?
    private var waiting: Task<ReloadReport, Never>?

    /// - Parameter perform: One reload.
    init(_ perform: @escaping @Sendable () async -> ReloadReport) {
        self.perform = perform
    }

    /// How a reload went that was begun after this was called.
    func next() async -> ReloadReport {
        if let waiting = self.waiting { return await waiting.value }
        let before = self.running
        let task = Task {
            _ = await before?.value
            self.running = self.waiting
            self.waiting = nil
            return await self.perform()
        }
        self.waiting = task
        return await task.value
    }
}
