import Testing

/// Faults of either side of a session, in every phase: undisturbed, during a reload and during a stop. No other session
/// is affected, nothing leaks, and the process keeps running.
@Suite(.serialized)
struct FaultTests {
    /// The fault of a side.
    enum Deed: String, CaseIterable, Sendable {
        case reset, end, silence, garbage
    }

    /// The phase of a client at the fault.
    enum ClientPhase: String, CaseIterable, Sendable {
        case connected, halfwayThroughItsRequest, waitingForTheDial, inSession, inTheMidstOfAFrame, halfClosed
    }

    /// The phase of a backend at the fault.
    enum BackendPhase: String, CaseIterable, Sendable {
        case connected, inSession, inTheMidstOfAFrame, halfClosedByTheClient
    }

    @Test(arguments: ClientPhase.allCases)
    func `whatever a client does, only its own session ends`(phase: ClientPhase) throws {
        try FaultLan.with { faults in
            for deed in Deed.allCases {
                try faults.tryOut("\(deed) of a client that is \(phase)") { inTheMidst in
                    let over = Flag()
                    defer { over.raise() }
                    let client = try Self.client(phase, faults, until: over)
                    try inTheMidst()
                    switch deed {
                    case .reset: return client.reset()
                    case .end: client.finishSending()
                    case .silence: break
                    // If its stream has ended already, this is another kind of silence.
                    case .garbage: if phase != .halfClosed { try client.send(Self.garbage) }
                    }
                    try Self.expectEnd(of: client)
                }
            }
        }
    }

    @Test(arguments: BackendPhase.allCases)
    func `whatever a backend does, only its own session ends`(phase: BackendPhase) throws {
        try FaultLan.with { faults in
            for deed in Deed.allCases {
                try faults.tryOut("\(deed) of a backend that is \(phase)") { inTheMidst in
                    let (now, over) = (Flag(), Flag())
                    defer { over.raise() }
                    faults.play { backend in
                        try Self.play(phase, deed, on: backend, at: now)
                        try over.wait()
                    }
                    let client = try Self.client(of: phase, faults)
                    try inTheMidst()
                    now.raise()
                    try Self.expectEnd(of: client)
                }
            }
        }
    }

    /// Returns a client in this phase.
    private static func client(_ phase: ClientPhase, _ faults: FaultLan, until over: Flag) throws -> RawSession {
        switch phase {
        case .connected:
            return try faults.connection()
        case .halfwayThroughItsRequest:
            let client = try faults.connection()
            try client.send(Array(Wire.sessionRequest("ECHO").prefix(30)))
            return client
        case .waitingForTheDial:
            let client = try faults.connection()
            try client.send(Wire.sessionRequest("MUTE"))
            return client
        case .inSession:
            let client = try faults.session(to: "ECHO")
            #expect(try EchoLan.exchanges(client))
            return client
        case .inTheMidstOfAFrame:
            let client = try faults.session(to: "ECHO")
            try client.send(Wire.header(0x00, length: 100_000) + Self.garbage)
            _ = try client.receive(exactly: 4 + Self.garbage.count)
            return client
        case .halfClosed:
            faults.play { backend in
                // The client's end is recorded and otherwise ignored.
                _ = try backend.receiveToEnd()
                try over.wait()
            }
            let client = try faults.session(to: "FAULTY")
            client.finishSending()
            return client
        }
    }

    /// Returns a client whose backend is in this phase, as ``play(_:_:on:at:)`` puts it.
    private static func client(of phase: BackendPhase, _ faults: FaultLan) throws -> RawSession {
        let client = try faults.session(to: "FAULTY")
        switch phase {
        case .connected: break
        case .inSession: #expect(try EchoLan.exchanges(client))
        case .inTheMidstOfAFrame: _ = try client.receive(exactly: 4 + Self.garbage.count)
        case .halfClosedByTheClient: client.finishSending()
        }
        return client
    }

    /// Plays the backend's side of the phase.
    private static func play(_ phase: BackendPhase, _ deed: Deed, on backend: RawSession, at now: Flag) throws {
        switch phase {
        case .connected: break
        case .inSession: try backend.send(backend.receive(exactly: 18))
        case .inTheMidstOfAFrame: try backend.send(Wire.header(0x00, length: 100_000) + Self.garbage)
        case .halfClosedByTheClient: _ = try backend.receiveToEnd()
        }
        try now.wait()
        switch deed {
        case .reset: return backend.reset()
        case .end: backend.finishSending()
        case .silence: break
        case .garbage: try backend.send(Self.garbage)
        }
    }

    /// Bytes that begin no packet of a session.
    private static let garbage = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8) + (0..<300).map { UInt8($0 * 7 & 0xFF) }

    /// Waits for the other side's end, with FIN or RST, ignoring bytes before it.
    private static func expectEnd(of client: RawSession) throws {
        do {
            _ = try client.receiveToEnd()
        } catch RawSession.Failure.reset {}
    }
}
