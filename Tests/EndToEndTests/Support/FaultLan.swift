import Foundation
import Synchronization
import Testing

/// A network for fault injection, with a session that must not be affected.
///
/// Its router gives a request half a second, and a dial and an idle session one; a session that exchanges data ten
/// times a second runs throughout. Routes: ECHO echoes everything, FAULTY does what ``play(_:)`` sets, DEAD refuses,
/// MUTE discards everything.
final class FaultLan: Sendable {
    let lan: Lan
    private let script = Mutex<Script>({ _ in })
    typealias Script = @Sendable (RawSession) throws -> Void
    private let current: Mutex<RouterProcess>
    private let prefix: [String]
    private let reloads = Mutex(0)
    /// The additional resident memory allowed after a fault, in bytes: allocators keep some.
    private static let memory = 16 << 20

    /// An event during a fault.
    enum Interruption: CaseIterable, Sendable {
        case none, reload, stop
    }

    /// Builds the network, passes it to a test, and deletes it.
    static func with(alone: Bool = false, prefix: [String] = [], _ body: (FaultLan) throws -> Void) throws {
        try Lan.with(alone: alone) { lan in
            let server = lan.servers[0]
            _ = try CrowdServer(on: server)
            try lan.makeBlackHole("10.77.0.250")
            let faults = FaultLan(
                lan,
                router: try RouterProcess.start(on: lan.router, self.routes(), prefix: prefix),
                prefix
            )
            _ = try RawServer(on: server, port: 450) { session in
                let script = faults.script.withLock { $0 }
                try script(session)
            }
            try body(faults)
        }
    }

    private init(_ lan: Lan, router: RouterProcess, _ prefix: [String]) {
        self.lan = lan
        self.current = Mutex(router)
        self.prefix = prefix
    }

    /// The current router.
    var router: RouterProcess { self.current.withLock { $0 } }

    private static func routes(_ more: String = "") -> String {
        Routes.file(
            [
                Routes.route("ECHO", to: "10.77.0.11:445"), Routes.route("FAULTY", to: "10.77.0.11:450"),
                Routes.route("DEAD", to: "10.77.0.11:451"), Routes.route("MUTE", to: "10.77.0.250:445"), more,
            ],
            settings: "sessions: {request_timeout: 500ms, connect_timeout: 1s, idle_timeout: 1s}"
        )
    }

    /// Sets the script of FAULTY's backend.
    func play(_ script: @escaping Script) {
        self.script.withLock { $0 = script }
    }

    /// A TCP connection to the router without any bytes sent.
    func connection() throws -> RawSession {
        try RawSession.connect(from: self.lan.client, to: self.lan.router.address)
    }

    /// A session that the router has accepted.
    func session(to name: String) throws -> RawSession {
        try self.router.session(from: self.lan.client, to: name)
    }

    /// Injects a fault undisturbed, during a reload, and during a stop, and checks each time that the router and all
    /// other sessions continue.
    ///
    /// - Parameters:
    ///   - description: The description, for messages.
    ///   - fault: Injects the fault, and calls its argument in the middle. Its errors after a stop are ignored.
    /// - Throws: Other errors of the fault.
    func tryOut(_ description: String, _ fault: (_ inTheMidst: () throws -> Void) throws -> Void) throws {
        for interruption in Interruption.allCases {
            let name: Comment = "\(description), \(interruption)"
            let router = self.router
            let bystander = try Bystander(self)
            let before = try ProcessUse.openSockets(of: router.process)
            let memory = try ProcessUse.residentBytes(of: router.process)
            do {
                try fault { try self.interrupt(interruption) }
            } catch  where interruption == .stop {
            } catch {
                Issue.record(error, name)
            }
            switch interruption {
            case .none, .reload:
                #expect(router.process.isRunning, name)
                #expect(try bystander.stop() == nil, name)
                #expect(try EchoLan.exchanges(self.session(to: "ECHO")), name)
                try eventually("every socket of \(name) to be closed") {
                    try ProcessUse.openSockets(of: router.process) <= before
                }
                try eventually("the memory of \(name) to be given back") {
                    try ProcessUse.residentBytes(of: router.process) - memory < Self.memory
                }
            case .stop:
                _ = try bystander.stop()
                #expect(try router.process.wait(within: 10) == .exited(0), "\(name)\n\(router.process.errors)")
                let next = try RouterProcess.start(on: self.lan.router, Self.routes(), prefix: self.prefix)
                self.current.withLock { $0 = next }
            }
        }
    }

    private func interrupt(_ interruption: Interruption) throws {
        switch interruption {
        case .none:
            break
        case .reload:
            let number = self.reloads.withLock { count in
                count += 1
                return count
            }
            try self.router.reload(Self.routes(Routes.route("NEW\(number)", to: "10.77.0.11:445")))
        case .stop:
            self.router.process.send(signal: SIGTERM)
        }
    }
}

/// A session that runs throughout, and records failures.
private final class Bystander: Sendable {
    private let session: RawSession
    private let done = Flag()
    private let talk: Background<String?>

    init(_ faults: FaultLan) throws {
        let session = try faults.session(to: "ECHO"), done = self.done
        self.session = session
        self.talk = Background {
            while !done.isRaised {
                do {
                    guard try EchoLan.exchanges(session) else { return "a wrong answer" }
                    guard try session.staysSilent(seconds: 0.1) else { return "ended, or told what it did not ask" }
                } catch {
                    return "\(error)"
                }
            }
            return nil
        }
    }

    /// Ends the session.
    ///
    /// - Returns: The first failure, if any.
    func stop() throws -> String? {
        self.done.raise()
        defer { self.session.close() }
        return try self.talk.value(within: 15)
    }
}
