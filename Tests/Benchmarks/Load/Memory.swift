import Glibc

/// `load memory`: the memory of idle sessions, and of sessions that have carried much.
enum Memory {
    /// The number of sessions that carry data.
    private static let busy = 100
    /// The time for a process to settle, in seconds.
    private static let settling = 1.5

    static func run(_ options: Options) throws {
        let bytes = try options.number("mebibytes") << 20
        let counts = try options.numbers("sessions")
        for target in try options.targets() {
            guard let figures = target.figures else { continue }
            func record(_ figure: String, _ value: Double) { Record(["memory", figure], target.name, value).print() }
            // Resources set up once, at the first session and at the first bulk transfer.
            try SessionSeries(target, count: 64, atOnce: 16).run()
            try Self.carry(bytes / 8, over: (0..<16).map { try target.open(turn: $0) }, close: true)
            pause(Self.settling)
            let before = figures.residentBytes
            record("process at start, MiB", Double(before) / Double(1 << 20))
            var sockets: [Socket] = []
            var idle = before
            for count in counts {
                for turn in sockets.count..<count { sockets.append(try Self.open(target, turn: turn)) }
                pause(Self.settling)
                idle = figures.residentBytes
                record("idle, \(count) sessions", Double(idle - before) / Double(count))
            }
            // Twice: resources shared by all sessions, such as a buffer for each event loop, exist after the first
            // time.
            var kept = idle
            for turn in 0..<2 {
                idle = kept
                let some = sockets.dropFirst(turn * Self.busy).prefix(Self.busy)
                try Self.carry(bytes, over: Array(some), close: false)
                pause(Self.settling)
                kept = figures.residentBytes
                if turn == 0 { record("kept by the process, MiB", Double(kept - idle) / Double(1 << 20)) }
            }
            record("kept after bulk", Double(kept - idle) / Double(Self.busy))
            for socket in sockets { socket.close() }
            pause(2 * Self.settling)
            record("process after all, MiB", Double(figures.residentBytes) / Double(1 << 20))
        }
    }

    /// Transfers half of the bytes up and half of them down, over each session.
    private static func carry(_ bytes: Int, over sockets: [Socket], close: Bool) throws {
        let frames = Frames(sizes: FrameMix.mixed.sizes)
        defer { frames.free() }
        for socket in sockets { socket.setBlocking(false) }
        for direction in [Command.Kind.take, .give] {
            _ = try Transfer(direction, .mixed, frames, bytes: bytes / 2, over: sockets).run()
        }
        for socket in sockets where close { socket.close() }
    }

    /// Opens a session and performs one exchange.
    private static func open(_ target: Target, turn: Int) throws -> Socket {
        let socket = try target.open(turn: turn)
        let frame = [0, 0, 0, 100] + [UInt8](repeating: 7, count: 100)
        try (Command(.echo, count: 1, size: 100).bytes + frame).withUnsafeBytes { try socket.sendAll($0) }
        var answer = frame
        try answer.withUnsafeMutableBytes { try socket.receiveAll(into: $0) }
        return socket
    }
}
