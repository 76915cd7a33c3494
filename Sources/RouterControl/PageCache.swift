import Hummingbird

/// Caches the pages that strangers may ask for: each is made once a second at most, however many ask.
actor PageCache {
    private struct Page {
        let made: ContinuousClock.Instant
        let response: Task<Response, any Error>
    }

    private var pages: [String: Page] = [:]

    /// How long a page is as good as new.
    private static let age = Duration.seconds(1)

    /// Returns the page of a name.
    ///
    /// - Parameters:
    ///   - name: One of a few.
    ///   - make: Makes the page.
    /// - Returns: The page, no older than ``age``.
    /// - Throws: The error of `make`, which is kept as a page is.
    func page(_ name: String, make: @escaping @Sendable () async throws -> Response) async throws -> Response {
        let now = ContinuousClock.now
        if let page = self.pages[name], now - page.made < Self.age { return try await page.response.value }
        let task = Task { try await make() }
        self.pages[name] = Page(made: now, response: task)
        return try await task.value
    }
}
