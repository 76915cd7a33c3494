import Glibc
import Testing

/// The bytes of an established session.
@Suite(.serialized)
struct RelayTests {
    @Test func `bytes that the client sends after its request are delivered first`() throws {
        try EchoLan.with { echo in
            let connection = try echo.connection()
            let early = Wire.message(Pattern.bytes(count: 50_000))
            let late = Wire.message(Array("later".utf8))
            try connection.send(Wire.sessionRequest("ECHO") + early)
            #expect(try connection.receive(exactly: 4) == Wire.positiveResponse)
            try connection.send(late)
            #expect(try connection.receive(exactly: early.count + late.count) == early + late)
        }
    }

    @Test func `a request that arrives byte by byte, after keep-alives, is served`() throws {
        try EchoLan.with { echo in
            let connection = try echo.connection()
            for byte in Wire.keepAlive + Wire.keepAlive + Wire.sessionRequest("ECHO") { try connection.send([byte]) }
            #expect(try connection.receive(exactly: 4) == Wire.positiveResponse)
            #expect(try EchoLan.exchanges(connection))
        }
    }

    @Test func `a client's keep-alives end at the router, wherever they stand between frames`() throws {
        try EchoLan.with { echo in
            let session = try echo.session()
            let frames = (0..<200).map { Wire.message(Array(Pattern.bytes(at: $0 * 17, count: $0 * 3))) }
            try session.send(frames.flatMap { $0 + Wire.keepAlive })
            let expected = frames.flatMap { $0 }
            #expect(try session.receive(exactly: expected.count) == expected)
            #expect(try session.staysSilent(seconds: 0.2))
        }
    }

    @Test func `a backend's keep-alives reach the client`() throws {
        try Lan.with { lan in
            _ = try RawServer(on: lan.servers[0]) { session in
                try session.send(Wire.keepAlive + Wire.message([1]) + Wire.keepAlive)
            }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["LIVELY"]))
            let session = try router.session(from: lan.client, to: "LIVELY")
            #expect(try session.receiveToEnd() == Wire.keepAlive + Wire.message([1]) + Wire.keepAlive)
        }
    }

    @Test(arguments: [65_535, 65_536, 65_537, 131_071, 131_072, 8_388_720, 0xFF_FFFF])
    func `a frame goes through whatever its length`(length: Int) throws {
        try EchoLan.with { echo in
            let session = try echo.session()
            let sender = Background {
                try session.send(Wire.header(0x00, length: length))
                try session.sendPattern(count: length, within: 30)
                try session.send(Wire.message([1, 2, 3]))
            }
            #expect(try session.receive(exactly: 4) == Wire.header(0x00, length: length))
            #expect(try Pattern.matches(session.receive(exactly: length, within: 30), at: 0))
            #expect(try session.receive(exactly: 7) == Wire.message([1, 2, 3]))
            try sender.value(within: 30)
        }
    }

    @Test func `a frame is passed on as it arrives, long before it is complete`() throws {
        try EchoLan.with { echo in
            let session = try echo.session()
            try session.send(Wire.header(0x00, length: 0xFF_FFFF) + [1, 2, 3])
            #expect(try session.receive(exactly: 7) == Wire.header(0x00, length: 0xFF_FFFF) + [1, 2, 3])
        }
    }

    @Test func `the client's half-close reaches the backend, whose answer still comes back`() throws {
        try Lan.with { lan in
            _ = try RawServer(on: lan.servers[0]) { session in
                let all = try session.receiveToEnd()
                try session.send(Wire.message(Array("got \(all.count) bytes".utf8)))
            }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["COUNTS"]))
            let session = try router.session(from: lan.client, to: "COUNTS")
            try session.send(Wire.message(Pattern.bytes(count: 1000)))
            session.finishSending()
            #expect(try session.receiveToEnd() == Wire.message(Array("got 1004 bytes".utf8)))
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["end"] == "client", "\(line)")
        }
    }

    @Test func `the backend's half-close reaches the client, whose bytes still go on`() throws {
        try Lan.with { lan in
            let received = Counter()
            _ = try RawServer(on: lan.servers[0]) { session in
                session.finishSending()
                received.add(try session.receiveToEnd().count)
            }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["LISTENS"]))
            let session = try router.session(from: lan.client, to: "LISTENS")
            #expect(try session.receiveToEnd().isEmpty)
            try session.send(Wire.message(Pattern.bytes(count: 1000)))
            session.finishSending()
            try eventually("the backend to have all bytes") { received.value == 1004 }
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["end"] == "backend", "\(line)")
        }
    }

    @Test func `a connection without a complete request ends with the request timeout`() throws {
        try EchoLan.with(settings: "sessions: {request_timeout: 500ms}") { echo in
            let silent = try echo.connection()
            let dripping = try echo.connection()
            let drip = Background {
                for byte in Wire.sessionRequest("ECHO") {
                    try dripping.send([byte])
                    guard try dripping.staysSilent(seconds: 0.1) else { return true }
                }
                return false
            }
            let start = ContinuousClock.now
            #expect(try [[], Wire.negativeResponse(0x8F)].contains(silent.receiveToEnd(within: 5)))
            let waited = ContinuousClock.now - start
            #expect(waited > .milliseconds(300) && waited < .seconds(4), "\(waited)")
            #expect(try drip.value(within: 15), "a drop now and then does not prolong it")
            try echo.router.logLine("the time-out") { $0["end"] == "timeout:request" }
        }
    }

    @Test func `a session without bytes ends with the idle timeout, and one with bytes goes on`() throws {
        try EchoLan.with(settings: "sessions: {idle_timeout: 1s}") { echo in
            let idle = try echo.session()
            let busy = try echo.session()
            let start = ContinuousClock.now
            try eventually("the idle session to end", within: 8) {
                #expect(try EchoLan.exchanges(busy))
                return try !idle.staysSilent(seconds: 0.1)
            }
            let waited = ContinuousClock.now - start
            #expect(waited > .milliseconds(700), "\(waited)")
            #expect(try EchoLan.exchanges(busy))
            try echo.router.logLine("the time-out") { $0["end"] == "timeout:idle" }
        }
    }

    @Test func `both connections detect a vanished peer after five minutes, with pending data or without`()
        throws
    {
        try EchoLan.with { echo in
            let session = try echo.session()
            for peer in [echo.lan.client, echo.lan.servers[0]] {
                let sockets = try BorrowedSocket.all(of: echo.router.process, to: peer.address)
                #expect(sockets.count == 1)
                for socket in sockets {
                    #expect(try socket.option(tcpOptions, TCP_USER_TIMEOUT) == 300_000, "milliseconds")
                    #expect(try socket.option(SOL_SOCKET, SO_KEEPALIVE) == 1)
                    #expect(try socket.option(tcpOptions, TCP_KEEPIDLE) == 60, "seconds")
                    #expect(try socket.option(tcpOptions, TCP_NODELAY) != 0)
                }
            }
            #expect(try EchoLan.exchanges(session))
        }
    }

    @Test func `a session's end is logged in one line with every field of the contract`() throws {
        try EchoLan.with { echo in
            let session = try echo.session()
            #expect(try EchoLan.exchanges(session, "hello"))
            session.close()
            let line = try echo.router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            let fields = [
                "id", "client", "calling", "called", "route", "backend", "attempts", "request_ms", "connect_ms",
                "duration_ms", "bytes_in", "bytes_out", "end",
            ]
            #expect(line.keys.filter { fields.contains($0) } == fields, "\(line)")
            #expect(line["client"]?.hasPrefix("\(echo.lan.client.address):") == true, "\(line)")
            #expect(line["calling"] == "OLDBOX<00>" && line["called"] == "ECHO<20>", "\(line)")
            #expect(line["route"] == "ECHO" && line["backend"] == "10.77.0.11:445", "\(line)")
            #expect(line["attempts"] == "1" && line["end"] == "client", "\(line)")
            #expect(line["bytes_in"] == "9" && line["bytes_out"] == "9", "\(line)")
            #expect(echo.router.endedSessions.count == 1)
        }
    }
}
