import Sockets

/// A search for the addresses of a name for one connection. Confined to one event loop.
///
/// A name server that keeps silent, or fails, does not end sessions to a name that it answered for before: after
/// ``HostResolver/patience``, or at once where no thread is free to ask, the last answer is taken.
final class HostSearch {
    typealias Completion = @Sendable (Result<[Endpoint], any Error>, EventLoop) -> Void

    private let resolver: HostResolver
    private let loop: EventLoop
    private var completion: Completion?
    private var lookup: HostResolver.Lookup?
    private var impatience: LoopTimer?

    /// Begins to search.
    ///
    /// - Parameters:
    ///   - host: The name.
    ///   - resolver: Looks it up.
    ///   - purpose: The use of the addresses.
    ///   - loop: Where `completion` is called, once, after this returns.
    ///   - completion: Given all addresses, of both families, or the reason why there are none.
    init(
        _ host: String,
        by resolver: HostResolver,
        for purpose: LookupPurpose,
        on loop: EventLoop,
        completion: @escaping Completion
    ) {
        self.resolver = resolver
        self.loop = loop
        self.completion = completion
        let handle = loop.handle, search = LoopBound(self, of: handle)
        let lookup = resolver.look(up: host, for: purpose) { result in
            handle.execute { loop in search[loop].end(result) }
        }
        self.lookup = lookup
        let patience = lookup.isQueued ? .zero : HostResolver.patience
        self.impatience = loop.schedule(at: .now() + patience) {
            guard let addresses = resolver.lastAnswer(for: host) else { return }
            self.end(.success(addresses))
        }
    }

    /// Ends the search; `completion` is not called any more.
    func cancel() {
        self.completion = nil
        self.loop.cancel(self.impatience)
        if let lookup = self.lookup.take() { self.resolver.cancel(lookup) }
    }

    private func end(_ result: Result<[Endpoint], any Error>) {
        let completion = self.completion
        self.cancel()
        completion?(result, self.loop)
    }
}

@available(*, unavailable)
extension HostSearch: Sendable {}

extension HostResolver {
    /// The longest that an answer is waited for where an older one is at hand. A look-up that takes longer is a suspect's.
    static let patience = Duration.seconds(1)
}
