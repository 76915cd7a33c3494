import Foundation

/// The turns of the router's event loops, as its control socket reports them for tests.
struct TurnReport: Sendable, CustomStringConvertible {
    let loops: [Loop]
    let description: String

    struct Loop: Sendable, Decodable {
        /// `sessions-0`, `names`.
        let loop: String
        let turns: Int
        let longestMs: Double
        let longestWorkMs: Double
        /// Turns with more than ten milliseconds of processor time.
        let long: Int
        /// Turns of more than ten milliseconds that waited for something else than sockets.
        let blocked: Int
    }

    /// Turns, of all loops, that took longer than a loop may be held up.
    var excessive: Int { self.loops.reduce(0) { $0 + $1.long + $1.blocked } }
}

extension RouterProcess {
    /// The turns since the last call. The first call begins to measure; the router needs a control socket.
    @discardableResult
    func turnReport() throws -> TurnReport {
        let answer = try self.curl("--fail", path: "/debug/turns").output
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let loops = try decoder.decode([TurnReport.Loop].self, from: Data(answer.utf8))
        return TurnReport(loops: loops, description: answer)
    }
}
