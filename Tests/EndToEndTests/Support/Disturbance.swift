import Foundation
import Glibc

/// One kind of disturbance of a router, which goes on until it is stopped.
enum Disturbance: String, CaseIterable, Sendable {
    /// A reload after the other, each of which adds or removes a route.
    case reloads
    /// A backend that is drained and undrained.
    case drains
    /// Calls to, and checks of, hosts of a zone whose name server is silent.
    case deadNames = "dead-names"
    /// Calls to, and checks of, servers that do not answer.
    case silentBackends = "silent-backends"
    /// Addresses of other interfaces that come and go, fifty times a second.
    case interfaces
    /// Another host that registers the router's names, and refuses it the one that reloads add.
    case conflicts
    /// Name servers that stop and start, one at a time.
    case nameServers = "name-servers"
    /// A client that sends keep-alives and empty messages: 200,000 a second.
    case frames
    /// 5,000 datagrams a second from one host, damaged ones among them.
    case datagrams
    /// 500 connections a second to the session port, and 50 requests a second for the page.
    case connections

    /// Those that `NBROUTER_CHAOS` lists, with commas between them, or all; unless it is set those of every run.
    static func chosen() throws -> [Disturbance] {
        guard let list = ProcessInfo.processInfo.environment["NBROUTER_CHAOS"] else { return self.usual }
        if list == "all" { return self.allCases }
        return try list.split(separator: ",").map { word in
            guard let disturbance = Disturbance(rawValue: String(word)) else {
                throw MissingPrerequisite(
                    description: "NBROUTER_CHAOS lists \(self.allCases.map(\.rawValue)), not `\(word)`"
                )
            }
            return disturbance
        }
    }

    /// Those that a program built for debugging bears on a busy machine.
    private static let usual: [Disturbance] = [.drains, .datagrams, .connections]

    /// Disturbs the router of a network until a flag is raised.
    ///
    /// - Returns: The work, which ends soon after that.
    func start(on chaos: ChaosLan, until stop: Flag) throws -> [Background<Void>] {
        let lan = chaos.lan
        switch self {
        case .reloads:
            return [
                Self.loop(until: stop, pause: 0.2) { round in
                    try chaos.router.reload(chaos.routes(isExtended: round % 2 == 0), within: 30)
                }
            ]
        case .drains:
            return [
                Self.loop(until: stop, pause: 0.5) { round in
                    _ = try chaos.router.ask(round % 2 == 0 ? "drain" : "undrain", "10.77.0.12:445")
                }
            ]
        case .deadNames: return Self.calls(to: "DEAD", 32, on: chaos, until: stop)
        case .silentBackends: return Self.calls(to: "MUTE", 100, on: chaos, until: stop)
        case .interfaces:
            let commands = (0..<ChaosLan.interfaces).map { number in
                "ip addr del 10.81.\(number).1/24 dev flap\(number); sleep 0.02; "
                    + "ip addr add 10.81.\(number).1/24 brd + dev flap\(number); sleep 0.02"
            }
            let shell = try lan.router.start(["sh", "-c", "while :; do \(commands.joined(separator: "; ")); done"])
            return [
                Background {
                    try stop.wait(within: 600)
                    shell.kill()
                }
            ]
        case .conflicts: return [try Self.rival(on: lan, until: stop)]
        case .nameServers:
            return [
                Self.loop(until: stop, pause: 3) { round in
                    let server = chaos.winsServers[round / 2 % chaos.winsServers.count]
                    if round % 2 == 0 { server.kill() } else { try server.restart(keepingNames: round % 4 == 1) }
                }
            ]
        case .frames: return [Self.frames(on: chaos, until: stop)]
        case .datagrams: return [try Self.datagrams(on: lan, until: stop)]
        case .connections: return Self.connections(on: lan, until: stop)
        }
    }

    /// Does something again and again, with a pause after each time.
    private static func loop(
        until stop: Flag,
        pause seconds: Double,
        _ body: @escaping @Sendable (Int) throws -> Void
    ) -> Background<Void> {
        Background {
            var round = 0
            while !stop.isRaised {
                try body(round)
                round += 1
                let end = Deadline(seconds: seconds)
                while !end.hasPassed, !stop.isRaised { usleep(1_000) }
            }
        }
    }

    /// Twenty calls a second, which are refused in the end or given up.
    private static func calls(to prefix: String, _ count: Int, on chaos: ChaosLan, until stop: Flag) -> [Background<
        Void
    >] {
        [
            self.loop(until: stop, pause: 0.05) { round in
                let session = try RawSession.connect(from: chaos.lan.stranger, to: chaos.lan.router.address)
                try session.send(Wire.sessionRequest("\(prefix)\(round % count + 1)"))
                let end = Flag()
                _ = Background {
                    _ = try? session.receive(within: 5)
                    session.close()
                    end.raise()
                }
            }
        ]
    }

    /// Registers names of the router, and refuses it the name that reloads add.
    private static func rival(on lan: Lan, until stop: Flag) throws -> Background<Void> {
        let socket = try RawDatagrams(on: lan.stranger, port: 137)
        return Background {
            var round = 0
            while !stop.isRaised {
                round += 1
                let name = round % 2 == 0 ? "ECHO" : "NAMED"
                try socket.send(
                    Wire.recordRequest(id: round & 0x7FFF, flags: 0x2910, name, address: [10, 77, 0, 3]),
                    to: Lan.broadcastAddress
                )
                let extra = Wire.name("EXTRA")
                while let received = try socket.receive(within: 0.02) {
                    let isRequest = received.bytes.count > 12 && received.bytes[2] & 0xF8 == 0x28
                    guard isRequest, received.bytes.dropFirst(12).starts(with: extra) else { continue }
                    // A negative registration response, ACT_ERR: the name is active here.
                    let answer =
                        Array(received.bytes[..<2]) + [0xAD, 0x86, 0, 0, 0, 1, 0, 0, 0, 0] + extra
                        + [0, 0x20, 0, 1, 0, 0, 0, 0, 0, 6, 0, 0, 10, 77, 0, 3]
                    try socket.send(answer, to: received.address, port: received.port)
                }
            }
        }
    }

    private static func frames(on chaos: ChaosLan, until stop: Flag) -> Background<Void> {
        let frames = Array(repeatElement(Wire.keepAlive + Wire.message([]), count: 200).joined())
        return Background {
            var session = try chaos.router.session(from: chaos.lan.stranger, to: "FLOOD")
            while !stop.isRaised {
                do {
                    try session.send(frames, within: 60)
                    while try !session.staysSilent(seconds: 0.002) {
                        if try session.receive(within: 1).isEmpty { throw RawSession.Failure.ended(after: 0) }
                    }
                } catch is RawSession.Failure {
                    session = try chaos.router.session(from: chaos.lan.stranger, to: "FLOOD")
                }
            }
        }
    }

    private static func datagrams(on lan: Lan, until stop: Flag) throws -> Background<Void> {
        let socket = try RawDatagrams(on: lan.servers[2])
        let datagrams = [
            Wire.query(id: 1, "ECHO", type: 0x21), Wire.query(id: 2, "NOBODY"), Wire.query(id: 3, "ECHO"),
            Wire.recordRequest(id: 4, flags: 0x2900, "ECHO", address: [10, 77, 0, 13]), [1, 2, 3],
        ]
        return self.loop(until: stop, pause: 0.01) { _ in
            // A send buffer that is full is as good as a flood.
            for _ in 0..<10 { for datagram in datagrams { try? socket.send(datagram, to: lan.router.address) } }
            while try socket.receive(within: 0) != nil {}
        }
    }

    private static func connections(on lan: Lan, until stop: Flag) -> [Background<Void>] {
        func flood(port: UInt16, _ request: [UInt8], count: Int, every seconds: Double) -> Background<Void> {
            Background {
                try lan.stranger.namespace.enter {
                    while !stop.isRaised {
                        for _ in 0..<count {
                            guard let socket = try? openSocket(SOCK_STREAM) else { continue }
                            defer { close(socket) }
                            setNonBlocking(socket)
                            guard
                                (try? connectSocket(
                                    socket,
                                    to: lan.router.address,
                                    port: port,
                                    within: Deadline(seconds: 1)
                                )) != nil
                            else { continue }
                            _ = Glibc.send(socket, request, request.count, Int32(MSG_NOSIGNAL))
                            if request.isEmpty { continue }
                            // The beginning of the answer: the connection is closed in the midst of it.
                            var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
                            _ = Glibc.poll(&poll, 1, 1000)
                        }
                        usleep(UInt32(seconds * 1_000_000))
                    }
                }
            }
        }
        return [
            flood(port: 139, [], count: 5, every: 0.01),
            flood(port: 9139, Array("GET / HTTP/1.1\r\nHost: 10.77.0.1\r\n\r\n".utf8), count: 1, every: 0.02),
        ]
    }
}
