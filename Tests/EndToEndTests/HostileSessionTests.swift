import Testing

/// Hostile clients and backends on TCP port 139: none ends the process or affects another session.
@Suite(.serialized)
struct HostileSessionTests {
    @Test(arguments: HostileSession.all)
    func `a hostile session never ends the process or affects another session`(hostile: HostileSession) throws {
        try EchoLan.with { echo in
            let bystander = try echo.session()
            let before = try ProcessUse.openSockets(of: echo.router.process)
            let memory = try ProcessUse.residentBytes(of: echo.router.process)
            try hostile.attack(echo)
            #expect(echo.router.process.isRunning, "\(echo.router.process.errors)")
            #expect(try EchoLan.exchanges(bystander), "the session that was there before")
            #expect(try EchoLan.exchanges(echo.session()), "a session opened afterwards")
            try eventually("the attack's sockets to be closed") {
                try ProcessUse.openSockets(of: echo.router.process) <= before
            }
            try eventually("the attack's memory to be given back") {
                try ProcessUse.residentBytes(of: echo.router.process) - memory < 16 << 20
            }
        }
    }

    @Test func `a burst of silent connections leaks nothing`() throws {
        try EchoLan.with { echo in
            let before = try ProcessUse.openSockets(of: echo.router.process)
            var connections: [RawSession] = []
            for _ in 0..<400 { connections.append(try echo.connection()) }
            #expect(try EchoLan.exchanges(echo.session()), "a session beside them")
            for connection in connections { connection.reset() }
            try eventually("the sockets of closed connections to be closed") {
                try ProcessUse.openSockets(of: echo.router.process) <= before
            }
            #expect(echo.router.process.isRunning)
        }
    }
}

/// One kind of hostile session.
struct HostileSession: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let attack: @Sendable (EchoLan) throws -> Void

    init(_ description: String, _ attack: @escaping @Sendable (EchoLan) throws -> Void) {
        self.testDescription = description
        self.attack = attack
    }

    static let all = Self.beforeTheRequest + Self.inTheRequest + Self.withTheBackend + Self.inTheSession
}

extension HostileSession {
    /// Connections that end, or fail, before a complete session request.
    private static let beforeTheRequest = [
        HostileSession("connects and closes, many times") { echo in
            for _ in 0..<200 { try echo.connection().close() }
            for _ in 0..<200 { try echo.connection().reset() }
        },
        HostileSession("2 bytes, then FIN") { echo in
            let connection = try echo.connection()
            try connection.send([0x81, 0x00])
            connection.finishSending()
            #expect(try connection.receiveToEnd().isEmpty)
        },
        HostileSession("every beginning of a request, then FIN") { echo in
            let request = Wire.sessionRequest("ECHO")
            for count in 0..<request.count {
                let connection = try echo.connection()
                try connection.send(Array(request.prefix(count)))
                connection.finishSending()
                #expect(try !connection.receiveToEnd().starts(with: Wire.positiveResponse))
            }
        },
        HostileSession("every beginning of a request, then RST") { echo in
            let request = Wire.sessionRequest("ECHO")
            for count in 0..<request.count {
                let connection = try echo.connection()
                try connection.send(Array(request.prefix(count)))
                connection.reset()
            }
        },
        HostileSession("60,000 keep-alives before the request") { echo in
            let connection = try echo.connection()
            let flood = Array(repeatElement(Wire.keepAlive, count: 60_000).joined())
            // Refused or relayed: the router may close the connection.
            do {
                try connection.send(flood + Wire.sessionRequest("ECHO"))
                let answer = try connection.receive(upTo: 4)
                #expect(answer.isEmpty || answer == Wire.positiveResponse)
            } catch RawSession.Failure.reset {}
        },
        refused("a web browser", Array("GET / HTTP/1.1\r\nHost: nas\r\n\r\n".utf8)),
        refused("a TLS greeting", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]),
        refused("a message without a request", Wire.message(Array(repeating: 0xFF, count: 200))),
        refused("an answer instead of a request", Wire.positiveResponse),
        refused("a retarget instead of a request", Wire.header(0x84, length: 6) + [10, 77, 0, 1, 0, 139]),
        refused("all types at once", (0...255).flatMap { Wire.header(UInt8($0), length: 0) }),
        refused("a kilobyte of 0xFF", Array(repeating: 0xFF, count: 1024)),
        refused("a kilobyte of zeros", Array(repeating: 0x00, count: 1024)),
    ]

    /// Invalid session requests.
    private static let inTheRequest = [
        refused("an empty request", Wire.header(0x81, length: 0)),
        refused("a 1-byte request", Wire.header(0x81, length: 1) + [0x20]),
        refused("a request that says it is longer than any can be", Wire.header(0x81, length: 0x1FFFF) + padding(600)),
        refused("a request of 65,535 bytes", Wire.header(0x81, length: 65_535) + padding(65_535)),
        refused("a name that points at itself", request([0xC0, 0x04, 0xC0, 0x04])),
        refused("a name that points at itself, from the body's start", request([0xC0, 0x00, 0xC0, 0x00])),
        refused("two names that point at each other", request([0xC0, 0x02, 0xC0, 0x00])),
        refused("a name that points past the packet", request([0xFF, 0xFF] + Wire.name("OLDBOX"))),
        refused("a scope that points back into its name", request(Wire.name("ECHO").dropLast() + [0xC0, 0x00])),
        refused("a label of 63 bytes instead of a name", request([0x3F] + padding(63) + [0] + Wire.name("OLDBOX"))),
        refused("a name whose scope never ends", request(Wire.name("ECHO").dropLast() + scopeOf(300))),
        refused("nibbles that are no nibbles", request([0x20] + Array(repeating: 0x7A, count: 32) + [0])),
        refused("a called name alone", request(Wire.name("ECHO"))),
        HostileSession("bytes after the two names") { echo in
            // Neither the RFC nor Samba forbids them; they must not appear in the session.
            let session = try echo.connection()
            try session.send(request(Wire.name("ECHO") + Wire.name("OLDBOX") + [1, 2, 3]))
            let answer = try session.receive(upTo: 4)
            #expect([[], Wire.positiveResponse, [0x83, 0, 0, 1]].contains(answer), "\(answer)")
            if answer == Wire.positiveResponse { #expect(try EchoLan.exchanges(session)) }
        },
        refused("a label of length 0x40", request([0x40] + padding(64) + [0])),
    ]

    /// Backends that fail at the worst moment.
    private static let withTheBackend = [
        HostileSession("the backend refuses") { echo in
            let connection = try echo.connection()
            try connection.send(Wire.sessionRequest("DEAD") + Wire.message([1, 2, 3]))
            #expect(try connection.receiveToEnd() == Wire.negativeResponse(0x83))
        },
        HostileSession("the client resets while the backend is dialled") { echo in
            for name in ["DEAD", "ECHO", "CLOSES"] {
                for _ in 0..<20 {
                    let connection = try echo.connection()
                    try connection.send(Wire.sessionRequest(name) + Wire.message([1, 2, 3]))
                    connection.reset()
                }
            }
        },
        HostileSession("the backend closes at once") { echo in
            let session = try echo.session(to: "CLOSES")
            #expect(try session.receiveToEnd().isEmpty)
        },
        HostileSession("the backend closes while the client sends") { echo in
            for name in ["CLOSES", "SLAMS"] {
                let session = try echo.session(to: name)
                var isReset = false
                do {
                    // More than all buffers on the way hold: the end must come back.
                    for _ in 0..<1_000 { try session.send(Wire.message(HostileSession.padding(65_536)), within: 5) }
                } catch RawSession.Failure.reset {
                    isReset = true
                }
                #expect(isReset)
            }
        },
    ]

    /// Sessions with a valid start.
    private static let inTheSession = [
        HostileSession("half-close at once") { echo in
            let session = try echo.session()
            session.finishSending()
            #expect(try session.receiveToEnd().isEmpty)
        },
        HostileSession("half-close after a message") { echo in
            let session = try echo.session()
            let message = Wire.message(HostileSession.padding(100_000))
            try session.send(message)
            session.finishSending()
            #expect(try session.receiveToEnd() == message)
        },
        HostileSession("RST in the middle of a frame") { echo in
            for _ in 0..<50 {
                let session = try echo.session()
                try session.send(Wire.header(0x00, length: 100_000) + HostileSession.padding(500))
                session.reset()
            }
        },
        HostileSession("60,000 empty frames in one burst") { echo in
            let session = try echo.session()
            let burst = [UInt8](repeating: 0, count: 4 * 60_000)
            let sender = Background { try session.send(burst, within: 30) }
            #expect(try session.receive(exactly: burst.count, within: 30) == burst)
            try sender.value(within: 30)
        },
        HostileSession("60,000 keep-alives in one burst") { echo in
            let session = try echo.session()
            try session.send(Array(repeatElement(Wire.keepAlive, count: 60_000).joined()), within: 30)
            #expect(try EchoLan.exchanges(session), "the keep-alives end at the router")
        },
        HostileSession("keep-alives, each byte on its own") { echo in
            let session = try echo.session()
            for _ in 0..<50 { for byte in Wire.keepAlive { try session.send([byte]) } }
            #expect(try EchoLan.exchanges(session))
        },
        HostileSession("a second request") { try endsSession($0, Wire.sessionRequest("ECHO")) },
        HostileSession("a type that there is not") {
            try endsSession($0, Wire.header(0x42, length: 4) + [1, 2, 3, 4])
        },
        HostileSession("a keep-alive with a length") { echo in
            // Consumed with its bytes, or the end of the session; the next message is never corrupted.
            let session = try echo.session()
            let message = Wire.message([7, 7, 7])
            try session.send(Wire.header(0x85, length: 3) + [9, 9, 9] + message)
            let answer = try session.receive()
            #expect(answer.isEmpty || answer == message)
        },
    ]

    /// Invalid bytes instead of a request: the connection is closed, at most with a negative response.
    private static func refused(_ description: String, _ bytes: [UInt8]) -> HostileSession {
        HostileSession(description) { echo in
            let connection = try echo.connection()
            do {
                try connection.send(bytes)
                connection.finishSending()
                let answer = try connection.receiveToEnd()
                #expect(answer.isEmpty || answer.count == 5 && answer.starts(with: [0x83, 0, 0, 1]), "\(answer)")
            } catch RawSession.Failure.reset {}
        }
    }

    private static func endsSession(_ echo: EchoLan, _ bytes: [UInt8]) throws {
        let session = try echo.session()
        try session.send(bytes)
        #expect(try session.isEnded())
        try echo.router.logLine("a session that ended for its bytes") { $0["end"] == "protocol" }
    }

    /// A session request with an arbitrary body.
    private static func request(_ body: [UInt8]) -> [UInt8] { Wire.header(0x81, length: body.count) + body }

    private static func padding(_ count: Int) -> [UInt8] { Array(repeating: 0x41, count: count) }

    /// Scope labels of so many bytes, without an end.
    private static func scopeOf(_ count: Int) -> [UInt8] {
        Array(repeatElement([0x03, 0x61, 0x62, 0x63] as [UInt8], count: count / 4).joined())
    }
}
