import Hummingbird
import Sockets

/// Caches the pages that strangers may ask for: each is made once a second at most, however many ask, and one at a time.
///
/// Slower pages are kept longer: strangers take a fifth of the time of the rendering thread at most.
actor PageCache {
    private struct Page {
        let response: Task<(result: Result<Response, any Error>, time: Duration), Never>
        /// Until when it is as good as new; `nil` while it is made.
        var end: ContinuousClock.Instant?
    }

    private var pages: [String: Page] = [:]
    /// Ends with the page that is made last.
    private var last: Task<Void, Never>?

    private let age: Duration
    /// How many times the time that it took to make a page is as good as new, at least.
    private static let restFactor = 4

    /// - Parameter age: How long a page is as good as new, at least.
    init(age: Duration = .seconds(1)) {
        self.age = age
    }

    /// Returns a page, from the cache if possible.
    ///
    /// - Parameters:
    ///   - name: The page's name, from a fixed set.
    ///   - make: Makes the page.
    /// - Returns: The page; one that is being made, or is as good as new, where there is one.
    /// - Throws: The error of `make`, which is kept as a page is.
    func page(_ name: String, make: @escaping @Sendable () async throws -> Response) async throws -> Response {
        if let page = self.pages[name], page.end.map({ ContinuousClock.now < $0 }) ?? true {
            return try await page.response.value.result.get()
        }
        let last = self.last
        let task = Task {
            await last?.value
            let begun = ContinuousClock.now
            let result: Result<Response, any Error>
            do { result = .success(try await make()) } catch { result = .failure(error) }
            return (result: result, time: ContinuousClock.now - begun)
        }
        self.pages[name] = Page(response: task)
        self.last = Task { self.keep(name, for: max(self.age, await task.value.time * Self.restFactor)) }
        return try await task.value.result.get()
    }

    /// Keeps a page that is made, and forgets it when its time is over: it may be large.
    private func keep(_ name: String, for time: Duration) {
        let end = ContinuousClock.now + time
        self.pages[name]?.end = end
        Task {
            try? await TaskPool.sleep(for: time)
            if self.pages[name]?.end == end { self.pages[name] = nil }
        }
    }
}
