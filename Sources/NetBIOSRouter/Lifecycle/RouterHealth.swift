import Sockets

/// The health of the router, for keepalived and the like: whether it can serve.
public struct RouterHealth: Hashable, Sendable, Codable {
    /// The reasons why it cannot serve, a few words each.
    public var problems: [String]

    /// Whether it can serve.
    public var isHealthy: Bool

    init(problems: [String]) {
        self.problems = problems
        self.isHealthy = problems.isEmpty
    }

    private enum CodingKeys: String, CodingKey {
        case problems
        case isHealthy = "healthy"
    }
}

extension RouterService {
    /// The state of the router in a few words, for the service manager.
    public var statusLine: String {
        let count = self.sessionCount == 1 ? "1 session" : "\(self.sessionCount) sessions"
        switch self.lifecycle {
        case .starting: return "starting"
        case .serving:
            let serving = "serving generation \(self.generation): \(count)"
            guard let lastReload, !lastReload.reloaded else { return serving }
            return "\(serving); not reloaded: \(lastReload.failure?.reason ?? "the file is invalid")"
        case .stopping, .stopped: return "stopping: \(count)"
        }
    }

    /// The time limit for an event loop to respond.
    private static let patience = Duration.seconds(1)
    /// The time for which a failure to accept counts as a problem.
    private static let acceptPause = Duration.seconds(5)

    /// Whether the router can serve: it is started and not stopping, all listeners are open and accept connections, and
    /// its event loops respond.
    ///
    /// A dead backend, a name conflict or a standby's name is no problem: another machine would have the same.
    public func health() async -> RouterHealth {
        var problems: [String] = []
        switch self.lifecycle {
        case .starting: problems.append("the router is starting")
        case .stopping, .stopped: problems.append("the router is stopping")
        case .serving(let serving):
            problems += await serving.listeners.closedAddresses.map { "not listening on TCP \($0)" }
            if let failure = self.counters.lastAcceptFailure, .now() - failure.time < Self.acceptPause {
                problems.append("cannot accept connections: \(failure.reason)")
            }
        }
        let silent = await self.silentLoops(for: Self.patience)
        if silent > 0 { problems.append("\(silent) of \(self.loops.all.count) event loops do not respond") }
        return RouterHealth(problems: problems)
    }

    /// Returns the number of event loops, including that of the name service, that do not respond in time.
    public func silentLoops(for patience: Duration) async -> Int {
        let loops = self.loops.all
        let (answers, continuation) = AsyncStream.makeStream(of: Void.self)
        for loop in loops { loop.execute { _ in continuation.yield() } }
        let timeout = Task {
            try await TaskPool.sleep(for: patience)
            continuation.finish()
        }
        defer { timeout.cancel() }
        var silent = loops.count
        for await _ in answers {
            silent -= 1
            if silent == 0 { break }
        }
        return silent
    }
}
