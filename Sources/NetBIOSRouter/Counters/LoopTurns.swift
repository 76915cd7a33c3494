import Sockets

/// The longest turns of an event loop since the last report, for tests and diagnosis.
public struct LoopTurns: Hashable, Sendable, Codable {
    /// `sessions-0`, `names`.
    public var loop: String
    /// The number of turns.
    public var turns: Int
    /// Milliseconds of the longest turn, with the time that other programs had the processor.
    public var longest: Double
    /// The most milliseconds of processor time that a turn took.
    public var longestWork: Double
    /// Turns with more than ten milliseconds of processor time.
    public var long: Int
    /// Turns of more than ten milliseconds that waited for something else than sockets.
    public var blocked: Int

    private enum CodingKeys: String, CodingKey {
        case loop, turns, long, blocked
        case longest = "longest_ms"
        case longestWork = "longest_work_ms"
    }

    init(_ loop: String, _ times: TurnTimes) {
        self.loop = loop
        self.turns = times.count
        self.longest = Double(times.longest.nanoseconds / 1000) / 1000
        self.longestWork = Double(times.longestWork.nanoseconds / 1000) / 1000
        self.long = times.longCount
        self.blocked = times.blockedCount
    }
}

extension RouterService {
    /// Returns the turns of each loop since the last call. Turns are measured from the first call on.
    public func loopTurns() -> [LoopTurns] {
        let sessions = self.loops.sessions.all.enumerated().map { index, loop in
            LoopTurns("sessions-\(index)", loop.handle.turnTimes())
        }
        return sessions + [LoopTurns("names", self.loops.names.turnTimes())]
    }
}
