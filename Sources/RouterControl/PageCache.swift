import Hummingbird

/// Caches pages for untrusted clients: each is made at most once a second.
actor PageCache {
    private struct Page {
        let made: ContinuousClock.Instant
        let response: Task<Response, any Error>
    }

    private var pages: [String: Page] = [:]

    /// The lifetime of a cached page.
    private static let age = Duration.seconds(1)

    /// Returns a page, from the cache if possible.
    ///
    /// - Parameters:
    ///   - name: The page's name, from a fixed set.
    ///   - make: Makes the page.
    /// - Returns: The page, no older than ``age``.
    /// - Throws: The error of `make`, which is cached like a page.
    func page(_ name: String, make: @escaping @Sendable () async throws -> Response) async throws -> Response {
        let now = ContinuousClock.now
        if let page = self.pages[name], now - page.made < Self.age { return try await page.response.value }
        let task = Task { try await make() }
        self.pages[name] = Page(made: now, response: task)
        return try await task.value
    }
}
