/// Pages that strangers may ask for, each made once a second at most, however many ask.
actor PageCache {
    private struct Page {
        let made: ContinuousClock.Instant
        let answer: Task<HTTPAnswer, Never>
    }

    private var pages: [String: Page] = [:]

    /// How long a page is as good as new.
    private static let age = Duration.seconds(1)

    /// The page of a name.
    ///
    /// - Parameters:
    ///   - name: One of a few.
    ///   - make: Makes it anew.
    /// - Returns: The page, no older than ``age``.
    func page(_ name: String, make: @escaping @Sendable () async -> HTTPAnswer) async -> HTTPAnswer {
        let now = ContinuousClock.now
        if let page = self.pages[name], now - page.made < Self.age { return await page.answer.value }
        let task = Task { await make() }
        self.pages[name] = Page(made: now, answer: task)
        return await task.value
    }
}
