import Glibc

/// A candidate: the address of its sessions, and the process whose time is measured.
struct Target {
    let name: String
    let port: UInt16
    /// `nil` for the direct connection.
    let figures: ProcessFigures?
    /// Whether a session begins with a session request and its response.
    let isNetBIOS: Bool

    /// Parses `NAME,PORT,PROCESS`, or `NAME,PORT` for the direct connection; nbrouter is recognized by its name.
    init(_ text: String) throws {
        let parts = text.split(separator: ",")
        guard parts.count >= 2, let port = UInt16(parts[1]) else { throw Failure("not a target: \(text)") }
        self.name = String(parts[0])
        self.port = port
        self.figures = parts.count > 2 ? pid_t(parts[2]).map { ProcessFigures($0) } : nil
        self.isNetBIOS = self.name.hasPrefix("nbrouter")
    }

    /// The call of a session, without the scope: TARGET by CLIENT (RFC 1002 §4.3.2).
    static let request = [0x81, 0, 0, 68] + Self.encoded("TARGET", suffix: 0x20) + Self.encoded("CLIENT", suffix: 0)

    /// The length of the positive response, in bytes.
    static let answerLength = 4

    /// A name in its second-level encoding (RFC 1002 §4.1).
    static func encoded(_ name: String, suffix: UInt8) -> [UInt8] {
        let bytes = Array((name + String(repeating: " ", count: 15)).utf8.prefix(15)) + [suffix]
        return [32] + bytes.flatMap { [UInt8(ascii: "A") + $0 >> 4, UInt8(ascii: "A") + $0 & 15] } + [0]
    }

    /// Opens a session, and waits for the response.
    ///
    /// - Returns: A blocking socket, ready for a command.
    func open(turn: Int = 0) throws -> Socket {
        let socket = try Socket.connected(to: self.port, isBlocking: true, turn: turn)
        guard self.isNetBIOS else { return socket }
        try Self.request.withUnsafeBytes { try socket.sendAll($0) }
        var answer = [UInt8](repeating: 0, count: Self.answerLength)
        try answer.withUnsafeMutableBytes { try socket.receiveAll(into: $0) }
        guard answer[0] == 0x82 else { throw Failure("\(self.name) refused a session: \(answer)") }
        return socket
    }
}

/// Measures processor time: the candidate's, and the load generator's.
struct Stopwatch {
    private let target: Target
    private let load: ProcessFigures
    private let started = now()
    private let targetBefore: Double
    private let loadBefore: Double

    init(_ target: Target, server: ProcessFigures) {
        self.target = target
        self.load = ProcessFigures(processes: [getpid()] + server.processes)
        self.targetBefore = target.figures?.processorTime ?? 0
        self.loadBefore = self.load.processorTime
    }

    /// Seconds since the start, and processor seconds of both.
    var reading: (wall: Double, target: Double, load: Double) {
        let target = (self.target.figures?.processorTime ?? 0) - self.targetBefore
        return (now() - self.started, target, self.load.processorTime - self.loadBefore)
    }
}

extension ProcessFigures {
    init(processes: [pid_t]) {
        self.processes = processes
    }
}
