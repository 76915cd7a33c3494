import Sockets

/// Whether the router can serve: what decides which of two machines has the address that clients come to.
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

    /// How long an event loop may take to answer.
    private static let patience = Duration.seconds(1)
    /// How long a listener that could not accept counts as one that cannot.
    private static let acceptPause = Duration.seconds(5)

    /// Whether the router can serve now: it is started and not stopping, listens wherever it should, can accept, and its event
    /// loops answer.
    ///
    /// A dead backend, a name in conflict or one that is a standby's is no reason: another machine would have the same.
    public func health() async -> RouterHealth {
        var problems: [String] = []
        switch self.lifecycle {
        case .starting: problems.append("the router is starting")
        case .stopping, .stopped: problems.append("the router is stopping")
        case .serving(let serving):
            problems += await serving.listeners.closedAddresses.map { "TCP \($0) is not listened on" }
            if let failure = self.counters.lastAcceptFailure, .now() - failure.time < Self.acceptPause {
                problems.append("cannot accept connections: \(failure.reason)")
            }
        }
        let silent = await self.silentLoops(for: Self.patience)
        if silent > 0 { problems.append("\(silent) of \(self.loops.all.count) event loops do not answer") }
        return RouterHealth(problems: problems)
    }

    /// How many event loops, those of sessions and that of the name service, do not answer for so long.
    public func silentLoops(for patience: Duration) async -> Int {
        let loops = self.loops.all
        let (answers, continuation) = AsyncStream.makeStream(of: Void.self)
        for loop in loops { loop.execute { _ in continuation.yield() } }
        let timeout = Task {
            try await Task.sleep(for: patience)
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
