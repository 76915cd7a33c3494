import Foundation
import Testing

/// `nbrouter check --probe` against real servers, ports that are taken, and names that are held.
@Suite(.serialized)
struct ProbeTests {
    /// The parts of the JSON that tests read.
    private struct Output: Decodable {
        let valid: Bool
        let probe: Probe

        struct Probe: Decodable {
            let backends: [Backend]
            let ports: [Port]
            let remarks: [Remark]
            let names: [Name]
            let complete: Bool
        }
        struct Backend: Decodable {
            let backend: String
            let address: String?
            let reached: Bool
            let error: String?
            let roundTripMs: Double?
            let smb1: String?
            let smb2: String?
            let signing: String?
            let routes: [String]
        }
        struct Port: Decodable {
            let transport: String
            let address: String
            let state: String
            let holder: String?
        }
        struct Remark: Decodable {
            let severity: String
            let code: String
            let message: String
        }
        struct Name: Decodable {
            let name: String
            let suffix: String
            let holder: String?
        }

        func remarks(_ code: String) -> [Remark] { self.probe.remarks.filter { $0.code == code } }
    }

    private func probe(_ routes: String, on host: Host, _ arguments: [String] = []) throws -> Finished {
        let file = try host.folder.write("control: none\n" + routes, named: "probed.yaml")
        return try host.run([try Prerequisites.router(), "check", "--probe", file.path] + arguments, within: 60)
    }

    private func json(_ routes: String, on host: Host, _ arguments: [String] = []) throws -> Output {
        try self.decoded(try self.probe(routes, on: host, ["--format", "json"] + arguments))
    }

    private func decoded(_ finished: Finished) throws -> Output {
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Output.self, from: Data(finished.output.utf8))
        } catch {
            throw ToolFailure(finished: finished)
        }
    }

    @Test func `it reports which real Samba accepts SMB 1 clients, and which requires signing`() throws {
        try Lan.with(servers: 3) { lan in
            _ = try SambaServer(on: lan.servers[0], greeting: "old")
            _ = try SambaServer(on: lan.servers[1], greeting: "new", dialects: .init(oldest: "SMB2_02"))
            _ = try SambaServer(on: lan.servers[2], greeting: "strict", settings: "server signing = mandatory")
            let routes = "sessions: {max_sessions: 100}\n" + Routes.to(lan.servers, names: ["OLD", "NEW", "STRICT"])
            let output = try self.json(routes, on: lan.router)
            #expect(output.valid)
            #expect(output.probe.complete)
            let backends = output.probe.backends
            #expect(backends.map(\.backend) == lan.servers.map { "\($0.address):445" })
            #expect(backends.map(\.smb1) == ["NT LM 0.12", nil, "NT LM 0.12"])
            #expect(backends.map(\.smb2) == ["SMB 3.1.1", "SMB 3.1.1", "SMB 3.1.1"])
            #expect(backends[2].signing == "required")
            #expect(backends.allSatisfy { $0.reached && ($0.roundTripMs ?? -1) >= 0 })
            #expect(backends.map(\.routes) == [["OLD"], ["NEW"], ["STRICT"]])
            let without = output.remarks("backend-without-smb1")
            #expect(without.map(\.severity) == ["note"])
            #expect(without.first?.message.contains("\(lan.servers[1].address):445 refuses SMB1") == true)
            let signing = output.remarks("backend-requires-signing")
            #expect(signing.first?.message.contains(lan.servers[2].address) == true, "\(signing)")
            #expect(signing.count == 1)
            // As tables for people.
            let text = try self.probe(routes, on: lan.router)
            #expect(text.succeeded, "\(text)")
            #expect(text.output.contains("REACHED  ROUND TRIP  SMB 1       SMB 2 AND 3  SIGNING   ROUTES"), "\(text)")
            #expect(text.output.contains("Windows XP, DOS and most pre-2012 scanners require"), "\(text)")
            #expect(text.output.contains("`server min protocol = NT1`"), "\(text)")
            #expect(text.output.hasSuffix("probe: 2 notes\n"), "\(text)")
            #expect(text.errors.isEmpty, "no spinner where no terminal is: \(text)")
        }
    }

    @Test func `backends that are down, silent, no SMB or without an address are told apart, within the time`() throws {
        try Lan.with(servers: 2) { lan in
            let silent = try RawServer(on: lan.servers[0]) { session in _ = try session.receive(exactly: 1_000_000) }
            let other = try RawServer(on: lan.servers[1]) { session in
                try session.send(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
                _ = try session.receive(exactly: 1_000_000)
            }
            // A host that accepts every packet and sends no response.
            try lan.router.run("ip", "neigh", "add", "10.77.0.99", "lladdr", "02:00:00:00:00:99", "dev", "eth0")
            let routes = """
                routes:
                  - {name: SILENT, backend: \(lan.servers[0].address)}
                  - {name: OTHER, backend: \(lan.servers[1].address)}
                  - {name: DOWN, backend: "\(lan.servers[1].address):4450"}
                  - {name: LOST, backend: 10.77.0.99}
                  - {name: NOWHERE, backend: nosuch.invalid}
                """
            let start = ContinuousClock.now
            let patient = "sessions: {connect_timeout: 2s}\n" + routes
            let output = try self.json(patient, on: lan.router)
            #expect(ContinuousClock.now - start < .seconds(15), "the time is bounded")
            #expect(output.valid, "the verdict is the file's alone")
            #expect(output.probe.complete)
            #expect(
                output.remarks("backend-silent").map(\.message) == [
                    "\(lan.servers[0].address):445 accepts connections and sends no response"
                ]
            )
            #expect(output.remarks("backend-not-smb").first?.message.contains(lan.servers[1].address) == true)
            let unreachable = output.remarks("backend-unreachable").map(\.message)
            #expect(unreachable.contains { $0.contains(":4450: Connection refused") }, "\(unreachable)")
            #expect(
                unreachable.contains { $0.contains("10.77.0.99:445: no answer in") },
                "\(unreachable)"
            )
            #expect(output.remarks("backend-unresolved").first?.message.contains("nosuch.invalid:445") == true)
            #expect(silent.accepted == 2 && other.accepted == 2, "asked for SMB 1 and for SMB 2 and 3, once each")
            let strict = try self.probe(patient, on: lan.router, ["--strict"])
            #expect(strict.ending == .exited(1), "\(strict)")
            // Backends have five seconds here, and the probe has two.
            let cut = try self.json(routes, on: lan.router, ["--timeout", "2s"])
            #expect(!cut.probe.complete)
            #expect(cut.remarks("backend-silent").isEmpty, "\(cut)")
            let unreached = cut.remarks("backend-unreachable").map(\.message)
            #expect(unreached.count == 1 && unreached[0].contains(":4450"), "\(unreached)")
            let unfinished = cut.remarks("probe-unfinished").first?.message
            #expect(unfinished?.contains("backend \(lan.servers[0].address):445, backend 10.77.0.99:445") == true)
        }
    }

    @Test func `it names the process that has a port, and tells the router from a stranger`() throws {
        try Lan.with { lan in
            let routes = Routes.to(lan.servers, names: ["XYKON-2"])
            let free = try self.json(routes, on: lan.router)
            #expect(
                free.probe.ports.map { "\($0.transport) \($0.address) \($0.state)" } == [
                    "TCP 0.0.0.0:139 free", "UDP 0.0.0.0:137 free",
                ]
            )
            // A route's own address is listened on, too, on any interface.
            let single = Routes.file(
                [
                    Routes.route("A", to: "\(lan.servers[0].address):445", "address: 127.0.0.9"),
                    Routes.route("B", to: "\(lan.servers[0].address):445", "address: 10.77.0.50"),
                ],
                settings: "listen: {addresses: [\(lan.router.address)]}"
            )
            let server = try RawServer(on: lan.router, address: "127.0.0.9", port: 139) { _ in }
            let ports = try self.json(single, on: lan.router).probe.ports
            #expect(
                ports.map { "\($0.transport) \($0.address) \($0.state)" } == [
                    "TCP 10.77.0.1:139 free", "UDP 10.77.0.1:137 free", "TCP 10.77.0.50:139 free",
                    "TCP 127.0.0.9:139 taken",
                ]
            )
            server.stop()
            let holder = try NameHolder(on: lan.router, name: "OTHER")
            let taken = try self.json(routes, on: lan.router)
            #expect(taken.probe.ports.map(\.state) == ["free", "taken"])
            #expect(taken.probe.ports.map(\.holder) == [nil, "nmbd"])
            #expect(taken.remarks("port-taken").first?.message.contains("is in use by nmbd (process") == true)
            #expect(holder.isRunning)
        }
        try Lan.with { lan in
            let routes = Routes.to(lan.servers, names: ["XYKON-2"])
            let router = try RouterProcess.start(on: lan.router, routes)
            try router.owns("XYKON-2")
            let words = [try Prerequisites.router(), "check", "--probe", "--format", "json"]
            let output = try self.decoded(try lan.router.run(words + [router.file.path]))
            #expect(output.probe.ports.map(\.holder) == ["nbrouter", "nbrouter"])
            #expect(output.remarks("port-taken").isEmpty, "\(output)")
            let other = try self.json(routes, on: lan.router)
            let taken = other.remarks("port-taken").map(\.message)
            #expect(taken.count == 2, "it runs with another file")
            #expect(taken.first?.hasPrefix("TCP 0.0.0.0:139 is in use by another nbrouter") == true, "\(taken)")
            #expect(output.remarks("name-owned-elsewhere").isEmpty, "its own names are not somebody else's")
        }
    }

    @Test func `a name that a real nmbd holds is reported with its holder; a free one is not`() throws {
        try Lan.with { lan in
            let holder = try NameHolder(on: lan.stranger, name: "TAKEN")
            let output = try self.json(Routes.to(lan.servers, names: ["TAKEN"]), on: lan.router)
            let held = output.remarks("name-owned-elsewhere").map(\.message)
            #expect(
                held.contains("TAKEN<20> is held by \(lan.stranger.address): the router cannot claim it"),
                "\(held)"
            )
            #expect(output.probe.names.contains { $0.name == "TAKEN" && $0.holder == lan.stranger.address })
            let other = try self.json(Routes.to(lan.servers, names: ["FREE"]), on: lan.router)
            #expect(other.remarks("name-owned-elsewhere").isEmpty)
            #expect(other.probe.names.map(\.suffix).sorted() == ["0x00", "0x20"])
            #expect(holder.isRunning)
        }
    }

    @Test func `Route addresses, direct SMB at an advertised address and unreadable files are seen`() throws {
        try Lan.with { lan in
            try lan.router.run("ip", "addr", "add", "10.77.0.50/24", "dev", "eth0")
            _ = try SambaServer(on: lan.router, greeting: "here")
            let routes = """
                routes:
                  - {name: HERE, backend: \(lan.servers[0].address), address: 10.77.0.50}
                  - {name: THERE, backend: \(lan.servers[0].address), address: 10.77.0.51}
                """
            let file = try lan.router.folder.write(routes, named: "secret.yaml")
            try lan.router.run("chmod", "600", file.path)
            let finished = try lan.router.run([
                try Prerequisites.router(), "check", "--probe", "--user", "nobody", "--timeout", "5s", file.path,
            ])
            #expect(finished.succeeded, "\(finished)")
            #expect(finished.output.contains("10.77.0.50  HERE   eth0"), "\(finished)")
            #expect(finished.output.contains("10.77.0.51  THERE  none: standby"), "\(finished)")
            #expect(finished.output.contains("accepts TCP 445 at 10.77.0.50"), "\(finished)")
            #expect(finished.output.contains("warning[file-unreadable]: the user nobody cannot read"), "\(finished)")
        }
    }

    @Test func `a user without privileges gets all available findings`() throws {
        try Lan.with { lan in
            let file = try lan.router.folder.write(Routes.to(lan.servers, names: ["XYKON-2"]), named: "routes.yaml")
            try lan.router.run("chmod", "644", file.path)
            let finished = try lan.router.run([
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
                try Prerequisites.router(), "check", "--probe", file.path,
            ])
            #expect(finished.ending == .exited(0), "\(finished)")
            #expect(
                finished.output.contains("TCP 0.0.0.0:139  free, but this user lacks permission to bind it"),
                "\(finished)"
            )
            #expect(finished.output.contains("2 names queried on the network: no other host holds any"), "\(finished)")
        }
    }

    @Test func `where clients' addresses cannot be used, a probe says so as a start does`() throws {
        try Lan.with(servers: 0) { lan in
            let router = try lan.router.copyOfRouter()
            let routes = Routes.file([
                Routes.route("HIDDEN", to: "10.77.0.11"), Routes.route("OPEN", to: "10.77.0.11", "source: client"),
            ])
            let file = try lan.router.folder.write(routes, named: "routes.yaml")
            try lan.router.run("chmod", "644", file.path)
            func remarks(_ prefix: String...) throws -> [Substring] {
                let finished = try lan.router.run(prefix + [router, "check", "--probe", file.path])
                return finished.output.split(separator: "\n").filter { $0.contains("client-source-unavailable") }
            }
            #expect(try remarks().isEmpty)
            for capability in ["net_raw", "net_admin"] {
                let bound = "-all,+\(capability)"
                #expect(try remarks("setpriv", "--bounding-set", bound, "--inh-caps", bound).isEmpty, "\(capability)")
            }
            let none = ["--bounding-set=-all", "--inh-caps=-all"]
            let asRoot = try remarks("setpriv", none[0], none[1])
            #expect(
                asRoot == [
                    "warning[client-source-unavailable]: the router cannot start with `source: client` of OPEN: "
                        + "IP_TRANSPARENT: Operation not permitted"
                ]
            )
            let asNobody = try remarks("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", none[0], none[1])
            #expect(asNobody.count == 1 && asNobody[0].hasPrefix("note["), "\(asNobody)")
        }
    }

    @Test func `a user without access to a directory of includes gets an error, and never loses routes silently`()
        throws
    {
        try Lan.with(servers: 0) { lan in
            let folder = try lan.router.folder.newFolder("etc")
            let included = folder.appendingPathComponent("routes.d")
            try lan.router.run("mkdir", included.path)
            let file = folder.appendingPathComponent("routes.yaml")
            try Data("include: [routes.d/*.yaml]\n\(Routes.file([Routes.route("A", to: "10.77.0.11")]))".utf8).write(
                to: file
            )
            try Data(Routes.file([Routes.route("B", to: "10.77.0.11")]).utf8)
                .write(to: included.appendingPathComponent("b.yaml"))
            try lan.router.run("chmod", "-R", "a+rX", folder.path)
            let router = try Prerequisites.router()
            func check(_ mode: String) throws -> Finished {
                try lan.router.run("chmod", mode, included.path)
                return try lan.router.run([
                    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", router, "check", file.path,
                ])
            }
            let readable = try check("0755")
            #expect(readable.output.hasSuffix("valid: 2 routes, 2 names, 1 scope\n"), "\(readable)")
            for (mode, path) in [("0744", "routes.d/b.yaml"), ("0711", "routes.d"), ("0700", "routes.d")] {
                let finished = try check(mode)
                #expect(finished.ending == .exited(2), "\(mode): \(finished)")
                #expect(finished.output.contains("error[unreadable-file]: cannot read `"), "\(finished)")
                #expect(finished.output.contains("\(path)`: Permission denied"), "\(finished)")
            }
            // As root, about that user.
            try lan.router.run("chmod", "0711", included.path)
            let words = [router, "check", "--probe", "--user", "nobody", file.path]
            let probed = try lan.router.run(words)
            #expect(
                probed.output.contains("the user nobody cannot read \(included.path): no permission"),
                "\(probed)"
            )
            let nobody = try lan.router.run([router, "check", "--probe", "--user", "nosuchuser", file.path])
            #expect(nobody.output.contains("warning[user-unknown]: unknown user nosuchuser"), "\(nobody)")
        }
    }

    @Test func `a failed write of the output is an error`() throws {
        try Lan.with(servers: 0) { lan in
            let file = try lan.router.folder.write(Routes.file([Routes.route("A", to: "10.77.0.11")]), named: "a.yaml")
            let router = try Prerequisites.router()
            func run(_ redirection: String, _ command: String) throws -> Finished {
                try lan.router.run("bash", "-c", "'\(router)' \(command) \(redirection)")
            }
            for command in ["check '\(file.path)'", "schema", "route A --config '\(file.path)'"] {
                let full = try run(">/dev/full", command)
                #expect(full.ending == .exited(2), "\(full)")
                #expect(full.errors == "nbrouter: cannot write to standard output: no space left on device\n")
                let closed = try run(">&-", command)
                #expect(closed.ending == .exited(2), "\(closed)")
                #expect(closed.errors == "nbrouter: cannot write to standard output: bad file descriptor\n")
            }
        }
    }

    @Test func `a file that is invalid is not probed`() throws {
        try Lan.with { lan in
            let finished = try self.probe("routes: []\n", on: lan.router)
            #expect(finished.ending == .exited(1))
            #expect(!finished.output.contains("BACKEND"), "\(finished)")
        }
    }
}
