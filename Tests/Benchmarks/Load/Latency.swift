import Glibc

/// `load latency`: the duration of successive small exchanges, with one client and with several at once.
enum Latency {
    /// Bytes of payload in each direction.
    private static let size = 100

    static func run(_ options: Options) throws {
        let targets = try options.targets(), server = try options.server()
        let exchanges = try options.number("exchanges")
        for _ in 0..<(try options.number("rounds")) {
            for clients in try options.numbers("clients") {
                for target in targets {
                    let watch = Stopwatch(target, server: server)
                    let times = try PingPong(target, clients: clients, exchanges: exchanges, size: Self.size).run()
                    let reading = watch.reading, figure = "\(clients)"
                    Record(["latency", "median", figure], target.name, times[times.count / 2] * 1e6).print()
                    Record(["latency", "p99", figure], target.name, times[times.count * 99 / 100] * 1e6).print()
                    if target.figures != nil {
                        let time = reading.target / Double(times.count)
                        Record(["latency", "cpu", figure], target.name, time * 1e6).print()
                    }
                    Record(["load share", "latency"], target.name, reading.load / reading.wall).print()
                }
            }
            for _ in 0..<(try options.number("mebibytes")) {
                for target in targets {
                    // One MiB as an old client reads it: requests and responses of 4,356 bytes.
                    let size = 4356 - Frames.headerLength
                    let times = try PingPong(target, clients: 1, exchanges: (1 << 20) / 4356 + 1, size: size).run()
                    Record(["exchanges", "1 MiB"], target.name, times.reduce(0, +) * 1e3).print()
                }
            }
        }
    }
}

/// Exchanges over several sessions, each of which sends its next request after a response.
final class PingPong {
    private let sockets: [Socket]
    private let exchanges: Int
    private let message: [UInt8]
    private var answer: [UInt8]

    /// Opens the sessions.
    ///
    /// - Parameters:
    ///   - target: The candidate.
    ///   - clients: The number of concurrent sessions.
    ///   - exchanges: The minimum number of exchanges of each.
    ///   - size: Bytes of payload in each direction.
    /// - Throws: ``Failure`` if a session cannot be opened.
    init(_ target: Target, clients: Int, exchanges: Int, size: Int) throws {
        self.sockets = try (0..<clients).map { try target.open(turn: $0) }
        self.exchanges = (exchanges + clients - 1) / clients
        self.message = [0, 0, UInt8(size >> 8), UInt8(truncatingIfNeeded: size)] + [UInt8](repeating: 7, count: size)
        self.answer = self.message
        let command = Command(.echo, count: self.exchanges + 1, size: size).bytes
        for socket in self.sockets {
            try (command + self.message).withUnsafeBytes { try socket.sendAll($0) }
            try self.answer.withUnsafeMutableBytes { try socket.receiveAll(into: $0) }
        }
    }

    /// Performs all exchanges, and closes the sessions.
    ///
    /// - Returns: The durations in seconds, sorted.
    func run() throws -> [Double] {
        defer { for socket in self.sockets { socket.close() } }
        var times: [Double] = []
        times.reserveCapacity(self.exchanges * self.sockets.count)
        if self.sockets.count == 1 {
            for _ in 0..<self.exchanges {
                let started = now()
                try self.message.withUnsafeBytes { try self.sockets[0].sendAll($0) }
                try self.answer.withUnsafeMutableBytes { try self.sockets[0].receiveAll(into: $0) }
                times.append(now() - started)
            }
            return times.sorted()
        }
        let poller = Poller()
        var started = [Double](repeating: 0, count: self.sockets.count)
        var left = [Int](repeating: self.exchanges, count: self.sockets.count)
        for (index, socket) in self.sockets.enumerated() {
            poller.add(socket.descriptor, mark: index)
            started[index] = now()
            try self.message.withUnsafeBytes { try socket.sendAll($0) }
        }
        while times.count < self.exchanges * self.sockets.count {
            for event in poller.wait() {
                let index = event.mark
                try self.answer.withUnsafeMutableBytes { try self.sockets[index].receiveAll(into: $0) }
                times.append(now() - started[index])
                left[index] -= 1
                guard left[index] > 0 else { continue }
                started[index] = now()
                try self.message.withUnsafeBytes { try self.sockets[index].sendAll($0) }
            }
        }
        return times.sorted()
    }
}
