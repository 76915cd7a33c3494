import Sockets

extension HostResolver {
    /// How long an answer is waited for where an older one is at hand.
    static let patience = Duration.seconds(1)

    /// Finds the addresses of a name for one connection.
    ///
    /// A name server that keeps silent, or fails, does not end sessions to a name that it answered for before: after a second
    /// the last answer is taken.
    ///
    /// - Parameters:
    ///   - host: The name.
    ///   - loop: Where `completion` is called, once.
    ///   - completion: Given all addresses, of both families, or the reason why there are none.
    func find(
        _ host: String,
        on loop: EventLoop,
        completion: @escaping @Sendable (Result<[Endpoint], any Error>, EventLoop) -> Void
    ) {
        let handle = loop.handle
        let waiting = LoopBound<LoopTimer?>(nil, of: handle)
        let impatience = loop.schedule(at: .now() + Self.patience) {
            guard let addresses = self.lastAnswer(for: host) else { return }
            waiting[loop] = nil
            completion(.success(addresses), loop)
        }
        waiting[loop] = impatience
        self.look(up: host) { result in
            handle.execute { loop in
                guard let impatience = waiting[loop] else { return }
                loop.cancel(impatience)
                completion(result, loop)
            }
        }
    }
}
