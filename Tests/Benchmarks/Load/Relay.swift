import Glibc

/// `load relay`: processor time per GiB, for each frame size, in both directions, with one session and with several.
enum Relay {
    static func run(_ options: Options) throws {
        let targets = try options.targets(), server = try options.server()
        let bytes = try options.number("mebibytes") << 20
        let counts = try options.numbers("sessions")
        let labels = options.all("frames")
        let mixes = FrameMix.allCases.filter { labels.isEmpty || labels.contains($0.label) }
        let streams = FrameMix.allCases.map { Frames(sizes: $0.sizes) }
        for _ in 0..<(try options.number("rounds")) {
            let sockets = try targets.map { target in
                try (0..<(counts.max() ?? 1)).map { turn in
                    let socket = try target.open(turn: turn)
                    socket.setBlocking(false)
                    return socket
                }
            }
            for mix in mixes {
                for count in counts {
                    for direction in [Command.Kind.take, .give] {
                        for (target, sockets) in zip(targets, sockets) {
                            let watch = Stopwatch(target, server: server)
                            let transfer = Transfer(
                                direction,
                                mix,
                                streams[mix.rawValue],
                                bytes: bytes / count,
                                over: Array(sockets.prefix(count))
                            )
                            let total = try transfer.run()
                            let reading = watch.reading, gibibytes = Double(total) / Double(1 << 30)
                            let figure = [direction == .take ? "up" : "down", mix.label, "\(count)"]
                            if target.figures != nil {
                                Record(["relay"] + figure, target.name, reading.target / gibibytes).print()
                            }
                            Record(["speed"] + figure, target.name, gibibytes / reading.wall).print()
                            Record(["load share", "relay"], target.name, reading.load / reading.wall).print()
                        }
                    }
                }
            }
            for socket in sockets.joined() { socket.close() }
        }
    }
}

/// A concurrent transfer over several sessions.
final class Transfer {
    /// One session.
    private struct Stream {
        let socket: Socket
        var sent = 0
        var received = 0
    }

    private var streams: [Stream]
    private let direction: Command.Kind
    private let mix: FrameMix
    private let frames: Frames
    /// Bytes per session.
    private let bytes: Int
    private let poller = Poller()
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)

    /// - Parameters:
    ///   - direction: The direction.
    ///   - mix: The frame mix.
    ///   - frames: Its frames.
    ///   - bytes: The minimum bytes per session.
    ///   - sockets: The sessions, non-blocking.
    init(_ direction: Command.Kind, _ mix: FrameMix, _ frames: Frames, bytes: Int, over sockets: [Socket]) {
        self.streams = sockets.map { Stream(socket: $0) }
        self.direction = direction
        self.mix = mix
        self.frames = frames
        self.bytes = frames.whole(bytes)
    }

    deinit { self.scratch.deallocate() }

    /// Transfers all bytes, and waits until they are received at either end.
    ///
    /// - Returns: The number of bytes.
    func run() throws -> Int {
        let command = Command(self.direction, count: self.bytes, size: self.mix.rawValue).bytes
        for (index, stream) in self.streams.enumerated() {
            _ = try command.withUnsafeBytes { try stream.socket.send($0) }
            let isUp = self.direction == .take
            self.poller.add(stream.socket.descriptor, mark: index, writable: isUp)
        }
        var left = self.streams.count
        while left > 0 {
            for event in self.poller.wait() {
                if self.direction == .take, event.isWritable { try self.send(event.mark) }
                if event.isReadable, try self.receive(event.mark) { left -= 1 }
            }
        }
        for stream in self.streams { self.poller.remove(stream.socket.descriptor) }
        return self.bytes * self.streams.count
    }

    private func send(_ index: Int) throws {
        let stream = self.streams[index]
        guard stream.sent < self.bytes else {
            return self.poller.change(stream.socket.descriptor, mark: index, writable: false)
        }
        let count = try stream.socket.send(self.frames.next(sent: stream.sent, of: self.bytes))
        self.streams[index].sent += count ?? 0
    }

    /// - Returns: Whether the transfer is complete.
    private func receive(_ index: Int) throws -> Bool {
        guard let count = try self.streams[index].socket.discard(self.scratch) else { return false }
        guard count > 0 else { throw Failure("a session ended while it was in use") }
        self.streams[index].received += count
        let expected = self.direction == .take ? Frames.headerLength : self.bytes
        return self.streams[index].received == expected
    }
}
