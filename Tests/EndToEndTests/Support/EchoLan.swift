/// A network with a router and special backends, for tests of hostile sessions.
struct EchoLan {
    let lan: Lan
    let router: RouterProcess
    /// The backend of the route ECHO.
    let echo: RawServer

    /// The router's file.
    ///
    /// - ECHO echoes everything; DEAD has no listener; CLOSES ends each connection at once; SLAMS resets it after the
    ///   first byte.
    static func routes(settings: String = "") -> String {
        let address = "10.77.0.11"
        return Routes.file(
            [
                Routes.route("ECHO", to: "\(address):445"), Routes.route("DEAD", to: "\(address):446"),
                Routes.route("CLOSES", to: "\(address):447"), Routes.route("SLAMS", to: "\(address):448"),
            ],
            settings: settings
        )
    }

    /// Builds the network, passes it to a test, and deletes it.
    static func with(settings: String = "", _ body: (EchoLan) throws -> Void) throws {
        try Lan.with { lan in
            let server = lan.servers[0]
            let echo = try RawServer.echo(on: server)
            _ = try RawServer(on: server, port: 447) { _ in }
            _ = try RawServer(on: server, port: 448) { session in
                _ = try session.receive(exactly: 1)
                session.reset()
            }
            let router = try RouterProcess.start(on: lan.router, self.routes(settings: settings))
            try body(EchoLan(lan: lan, router: router, echo: echo))
        }
    }

    /// A TCP connection to the router without any bytes sent.
    func connection(options: RawSession.Options = .init()) throws -> RawSession {
        try RawSession.connect(from: self.lan.client, to: self.lan.router.address, options: options)
    }

    /// A session that the router has accepted.
    func session(to name: String = "ECHO", options: RawSession.Options = .init()) throws -> RawSession {
        try self.router.session(from: self.lan.client, to: name, options: options)
    }

    /// Whether a message goes to the echo backend and comes back.
    static func exchanges(_ session: RawSession, _ text: String = "are you there?") throws -> Bool {
        let message = Wire.message(Array(text.utf8))
        try session.send(message)
        return try session.receive(exactly: message.count) == message
    }
}
