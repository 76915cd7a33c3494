import Glibc

/// The far end of every session: executes each ``Command``, on all connections of one port.
final class Server {
    /// One connection.
    private struct Connection {
        let socket: Socket
        /// The current command; `nil` while waiting for one.
        var command: Command?
        /// The received part of a command.
        var head: [UInt8] = []
        /// Bytes to receive, of the entire transfer or of the current frame.
        var toTake = 0
        /// The number of frames to answer.
        var toAnswer = 0
        /// Bytes sent and to be sent of the current output.
        var sent = 0
        var toSend = 0
        var frames: Frames
        var isWatchedForWriting = false
    }

    private let listener: Socket
    private let poller = Poller()
    private var connections: [CInt: Connection] = [:]
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    private let streams = FrameMix.allCases.map { Frames(sizes: $0.sizes) }
    /// Responses by size.
    private var answers: [Int: Frames] = [:]

    init(port: UInt16) throws {
        self.listener = try Socket.listening(on: port)
        self.poller.add(self.listener.descriptor, mark: Int(self.listener.descriptor))
    }

    /// Serves forever.
    func run() {
        while true {
            for event in self.poller.wait() {
                let descriptor = CInt(event.mark)
                if descriptor == self.listener.descriptor {
                    self.acceptAll()
                } else {
                    self.serve(descriptor)
                }
            }
        }
    }

    private func acceptAll() {
        while let socket = self.listener.accept() {
            self.connections[socket.descriptor] = Connection(socket: socket, frames: self.streams[0])
            self.poller.add(socket.descriptor, mark: Int(socket.descriptor))
        }
    }

    private func serve(_ descriptor: CInt) {
        guard var connection = self.connections.removeValue(forKey: descriptor) else { return }
        do {
            var isOpen = try self.send(&connection)
            // One read per turn; a command is often followed by its first frame.
            for _ in 0..<2 where isOpen && connection.toSend == connection.sent {
                isOpen = try self.receive(&connection)
            }
            guard isOpen else { return connection.socket.close() }
        } catch {
            return connection.socket.close()
        }
        let isBlocked = connection.toSend > connection.sent
        if isBlocked != connection.isWatchedForWriting {
            connection.isWatchedForWriting = isBlocked
            self.poller.change(descriptor, mark: Int(descriptor), writable: isBlocked)
        }
        self.connections[descriptor] = connection
    }

    /// - Returns: Whether the stream continues.
    private func receive(_ connection: inout Connection) throws -> Bool {
        guard connection.command != nil else { return try self.receiveCommand(&connection) }
        guard connection.toTake > 0 else { return try connection.socket.receive(into: self.scratch) != 0 }
        let room = UnsafeMutableRawBufferPointer(
            rebasing: self.scratch.prefix(min(connection.toTake, self.scratch.count))
        )
        guard let count = try connection.socket.discard(room) else { return true }
        guard count > 0 else { return false }
        connection.toTake -= count
        return try connection.toTake > 0 || self.tookAll(&connection)
    }

    private func receiveCommand(_ connection: inout Connection) throws -> Bool {
        let room = UnsafeMutableRawBufferPointer(rebasing: self.scratch.prefix(Command.length - connection.head.count))
        guard let count = try connection.socket.receive(into: room) else { return true }
        guard count > 0 else { return false }
        connection.head += room.prefix(count)
        guard connection.head.count == Command.length else { return true }
        guard let command = connection.head.withUnsafeBytes({ Command($0) }) else {
            throw Failure("this is no command: \(connection.head)")
        }
        connection.head = []
        connection.command = command
        connection.sent = 0
        connection.toSend = 0
        switch command.kind {
        case .take:
            connection.toTake = command.count
        case .give:
            connection.frames = self.streams[command.size]
            connection.toSend = command.count
            return try self.send(&connection)
        case .echo:
            connection.frames = self.answer(size: command.size)
            connection.toTake = Frames.headerLength + command.size
            connection.toAnswer = command.count
        }
        return true
    }

    /// Responds after all bytes were received.
    private func tookAll(_ connection: inout Connection) throws -> Bool {
        guard let command = connection.command else { return true }
        let size = command.kind == .echo ? command.size : 0
        connection.frames = self.answer(size: size)
        connection.sent = 0
        connection.toSend = Frames.headerLength + size
        return try self.send(&connection)
    }

    private func send(_ connection: inout Connection) throws -> Bool {
        guard connection.toSend > 0 else { return true }
        while connection.sent < connection.toSend {
            let bytes = connection.frames.next(sent: connection.sent, of: connection.toSend)
            guard let count = try connection.socket.send(bytes) else { return true }
            connection.sent += count
        }
        connection.sent = 0
        connection.toSend = 0
        guard let command = connection.command else { return true }
        connection.toAnswer -= command.kind == .echo ? 1 : 0
        if command.kind == .echo, connection.toAnswer > 0 {
            connection.toTake = Frames.headerLength + command.size
        } else {
            connection.command = nil
        }
        return true
    }

    private func answer(size: Int) -> Frames {
        if let frames = self.answers[size] { return frames }
        let frames = Frames(sizes: [size])
        self.answers[size] = frames
        return frames
    }
}
