import Glibc

/// `load sessions`: sessions that are opened, used for one exchange and closed, a few at a time.
enum Sessions {
    static func run(_ options: Options) throws {
        let targets = try options.targets(), server = try options.server()
        let count = try options.number("count"), atOnce = try options.number("at-once")
        for _ in 0..<(try options.number("rounds")) {
            for target in targets {
                let watch = Stopwatch(target, server: server)
                try SessionSeries(target, count: count, atOnce: atOnce).run()
                let reading = watch.reading
                Record(["sessions", "per second"], target.name, Double(count) / reading.wall).print()
                if target.figures != nil {
                    Record(["sessions", "cpu"], target.name, reading.target / Double(count) * 1e6).print()
                }
                Record(["load share", "sessions"], target.name, reading.load / reading.wall).print()
            }
        }
    }
}

/// A number of sessions, some concurrent: each is opened, exchanges 100 bytes and is closed in order.
final class SessionSeries {
    /// A session in progress.
    private struct Session {
        let socket: Socket
        var hasConnected = false
        /// Bytes of the response that are outstanding.
        var left: Int
    }

    private let target: Target
    private let count: Int
    private let atOnce: Int
    private let poller = Poller()
    private var sessions: [CInt: Session] = [:]
    private var opened = 0
    private let message: [UInt8]
    private let answerLength: Int
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 64)

    init(_ target: Target, count: Int, atOnce: Int) {
        let size = 100
        self.target = target
        self.count = count
        self.atOnce = atOnce
        let frame = [0, 0, 0, UInt8(size)] + [UInt8](repeating: 7, count: size)
        self.message =
            (target.isNetBIOS ? Target.request : []) + Command(.echo, count: 1, size: size).bytes + frame
        self.answerLength = (target.isNetBIOS ? Target.answerLength : 0) + frame.count
    }

    deinit { self.scratch.deallocate() }

    func run() throws {
        for _ in 0..<min(self.atOnce, self.count) { try self.open() }
        while !self.sessions.isEmpty {
            for event in self.poller.wait() {
                guard var session = self.sessions[CInt(event.mark)] else { continue }
                try self.advance(&session, event)
            }
        }
    }

    private func open() throws {
        let socket = try Socket.connected(to: self.target.port, isBlocking: false, turn: self.opened)
        self.opened += 1
        self.sessions[socket.descriptor] = Session(socket: socket, left: self.answerLength)
        self.poller.add(socket.descriptor, mark: Int(socket.descriptor), writable: true)
    }

    private func advance(_ session: inout Session, _ event: Poller.Event) throws {
        let descriptor = session.socket.descriptor
        if !session.hasConnected, event.isWritable {
            session.hasConnected = true
            self.poller.change(descriptor, mark: Int(descriptor), writable: false)
            _ = try self.message.withUnsafeBytes { try session.socket.send($0) }
        } else if event.isReadable, let count = try session.socket.receive(into: self.scratch) {
            session.left -= count
            if count == 0 {
                guard session.left == 0 else { throw Failure("\(self.target.name) ended a session without an answer") }
                session.socket.close()
                self.sessions[descriptor] = nil
                if self.opened < self.count { try self.open() }
                return
            }
            if session.left == 0 { session.socket.finish() }
        }
        self.sessions[descriptor] = session
    }
}
