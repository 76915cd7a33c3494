import Glibc

/// `load flood`: small exchanges, without and beside sessions that send nothing but the least frames.
enum Flood {
    /// Bytes of an exchange each way.
    private static let size = 100
    private static let clients = 4

    static func run(_ options: Options) throws {
        let targets = try options.targets(), exchanges = try options.number("exchanges")
        let floods = try options.number("sessions")
        for _ in 0..<(try options.number("rounds")) {
            for target in targets {
                let without = try self.times(target, exchanges)
                let flooding = try FloodingSessions(target, count: floods)
                let with = try self.times(target, exchanges)
                flooding.end()
                Record(["flood", "median", "without"], target.name, self.part(0.5, of: without)).print()
                Record(["flood", "median", "beside \(floods)"], target.name, self.part(0.5, of: with)).print()
                Record(["flood", "p99", "beside \(floods)"], target.name, self.part(0.99, of: with)).print()
            }
        }
    }

    private static func times(_ target: Target, _ exchanges: Int) throws -> [Double] {
        try PingPong(target, clients: self.clients, exchanges: exchanges, size: self.size).run()
    }

    /// The time, in microseconds, that so many of the exchanges did not exceed.
    private static func part(_ part: Double, of times: [Double]) -> Double {
        times[min(times.count - 1, Int(Double(times.count) * part))] * 1e6
    }
}

/// Sessions whose clients send keep-alives and empty messages in turn, as fast as they are taken, from a thread of its own.
final class FloodingSessions {
    private let sockets: [Socket]
    private var thread = pthread_t()

    /// The frames of one send.
    private static let bytes = [[UInt8]](repeating: [0x85, 0, 0, 0, 0, 0, 0, 0], count: 8192).flatMap(\.self)

    /// Opens the sessions, and begins to send.
    init(_ target: Target, count: Int) throws {
        self.sockets = try (0..<count).map { try target.open(turn: $0) }
        let command = Command(.take, count: .max, size: 0).bytes
        for socket in self.sockets {
            _ = try command.withUnsafeBytes { try socket.sendAll($0) }
            socket.setBlocking(false)
        }
        let work = Unmanaged.passRetained(self)
        let status = pthread_create(
            &self.thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<FloodingSessions>.fromOpaque(argument).takeRetainedValue().send()
                return nil
            },
            work.toOpaque()
        )
        guard status == 0 else { throw Failure("no thread: \(status)") }
        // Until all of them fill their connections.
        pause(0.2)
    }

    /// Sends until the first connection is shut down.
    private func send() {
        let poller = Poller()
        for (index, socket) in self.sockets.enumerated() { poller.add(socket.descriptor, mark: index, writable: true) }
        // The place in the frames where each goes on.
        var offsets = [Int](repeating: 0, count: self.sockets.count)
        while true {
            for event in poller.wait() {
                let count = Self.bytes.withUnsafeBytes { bytes in
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[offsets[event.mark]...])
                    return try? self.sockets[event.mark].send(rest) ?? 0
                }
                guard let count else { return }
                offsets[event.mark] = (offsets[event.mark] + count) % 8
            }
        }
    }

    /// Ends the sessions.
    func end() {
        for socket in self.sockets { shutdown(socket.descriptor, CInt(SHUT_RDWR)) }
        pthread_join(self.thread, nil)
        for socket in self.sockets { socket.close() }
    }
}
