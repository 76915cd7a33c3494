import Foundation
import Glibc
import Testing

/// The router under systemd: notifications, socket activation and unit files.
@Suite(.serialized)
struct ServiceManagerTests {
    private static let routes = Routes.file([Routes.route("NAS", to: "10.77.0.11")])

    // MARK: - Notifications

    @Test func `the service manager is notified of the start, of each reload and its outcome, and of the stop`() throws
    {
        try Lan.with(servers: 0) { lan in
            let manager = try NotifySocket(in: lan.router.folder)
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                arguments: ["--grace", "5s"],
                environment: ["NOTIFY_SOCKET": manager.path]
            )
            let ready = try manager.message(with: "READY")
            #expect(ready["STATUS"] == "serving generation 1: 0 sessions", "\(ready)")
            router.process.send(signal: SIGHUP)
            let reloading = try manager.message(with: "RELOADING")
            let moment = try #require(reloading["MONOTONIC_USEC"].flatMap { UInt64($0) })
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            let passed = UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000 - moment
            #expect(passed < 60_000_000)
            let again = try manager.message(with: "READY")
            #expect(again["STATUS"] == "serving generation 2: 0 sessions", "\(again)")
            try router.write("routes: nonsense\n")
            router.process.send(signal: SIGHUP)
            _ = try manager.message(with: "RELOADING")
            let failed = try manager.message(with: "READY")
            #expect(
                failed["STATUS"] == "serving generation 2: 0 sessions; not reloaded: the file is invalid",
                "\(failed)"
            )
            router.process.send(signal: SIGTERM)
            let stopping = try manager.message(with: "STOPPING")
            #expect(Int(stopping["EXTEND_TIMEOUT_USEC"] ?? "") == 75_000_000, "\(stopping)")
            #expect(try router.process.wait(within: 20) == .exited(0))
        }
    }

    @Test func `the watchdog is reset as long as the router lives, also while it stops, and no longer`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let manager = try NotifySocket(in: lan.router.folder)
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                arguments: ["--grace", "60s"],
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"]
            )
            for _ in 0..<3 { _ = try manager.message(with: "WATCHDOG") }
            let session = try router.session(from: lan.client, to: "NAS")
            let status = try manager.message(with: "STATUS")
            #expect(status["STATUS"]?.hasSuffix("sessions") == true || status["STATUS"]?.hasSuffix("session") == true)
            router.process.send(signal: SIGTERM)
            _ = try manager.message(with: "STOPPING")
            for _ in 0..<3 { _ = try manager.message(with: "WATCHDOG") }
            session.close()
            #expect(try router.process.wait(within: 20) == .exited(0))
        }
    }

    @Test func `the watchdog of another process is not reset`() throws {
        try Lan.with(servers: 0) { lan in
            let manager = try NotifySocket(in: lan.router.folder)
            _ = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"]
            )
            _ = try manager.message(with: "READY")
            var messages: [[String: String]] = []
            while let message = try? manager.message(within: 1) { messages.append(message) }
            #expect(messages.allSatisfy { $0["WATCHDOG"] == nil }, "\(messages)")
        }
    }

    // MARK: - The journal

    @Test func `in the journal each line has its priority, and elsewhere none`() throws {
        try Lan.with(servers: 0) { lan in
            let journal = "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec \"$@\""
            let router = try RouterProcess.start(on: lan.router, Self.routes, prefix: ["sh", "-c", journal, "sh"])
            try router.write("routes:\n  - name: NAS\n    bakend: b\n")
            router.process.send(signal: SIGHUP)
            try router.logLine("the refusal to reload") { $0["msg"]?.hasPrefix(LogMessage.notReloaded) == true }
            let lines = router.process.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            #expect(lines.allSatisfy { $0.wholeMatch(of: /<[2-7]>.*/) != nil }, "\(lines)")
            #expect(lines.contains { $0.hasPrefix("<6>time=") && $0.contains("msg=serving") })
            #expect(lines.contains { $0.hasPrefix("<3>time=") && $0.contains("not reloaded") })
            #expect(lines.contains { $0.hasPrefix("<3>4 |     bakend: b") })
            let other = try RouterProcess(
                on: lan.router,
                "routes: 1\n",
                environment: ["JOURNAL_STREAM": "1:1"]
            )
            #expect(try other.process.wait(within: 20) == .exited(1))
            #expect(!other.process.errors.contains("<3>"), "\(other.process.errors)")
        }
    }

    // MARK: - Socket activation

    /// Opens sockets as systemd does, and runs a command with them repeatedly.
    ///
    /// SIGTERM and SIGHUP are for the command; the sockets stay open in between.
    private static let activation = """
        use Socket; use POSIX ();
        my @kept;
        for my $word (split /,/, shift @ARGV) {
            my ($type, $address, $port) = split /:/, $word;
            socket(my $socket, PF_INET, $type eq "TCP" ? SOCK_STREAM : SOCK_DGRAM, 0) or die;
            setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) or die;
            bind($socket, sockaddr_in($port, inet_aton($address))) or die "$word: $!";
            listen($socket, 128) or die if $type eq "TCP";
            push @kept, $socket;
        }
        my $child;
        $SIG{TERM} = sub { kill TERM => $child };
        $SIG{HUP} = sub { kill HUP => $child };
        while (1) {
            $child = fork();
            if (!$child) {
                my @copies = map { POSIX::dup(fileno $_) } @kept;
                for my $index (0 .. $#copies) { POSIX::dup2($copies[$index], 100 + $index) }
                for my $index (0 .. $#copies) { POSIX::dup2(100 + $index, 3 + $index) }
                $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = scalar @kept;
                exec @ARGV or die;
            }
            while (waitpid($child, 0) < 0) {}
        }
        """

    private static func activated(_ sockets: String, _ more: String...) -> [String] {
        ["perl", "-e", self.activation, sockets] + more
    }

    @Test func `with sockets of the service manager the router needs no privilege at all`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let sockets = "TCP:0.0.0.0:139,UDP:0.0.0.0:137,UDP:10.77.0.1:137,TCP:127.0.0.1:80"
            let file = try lan.router.folder.write(
                "control: none\nmetrics: 127.0.0.1:80\n" + Self.routes,
                named: "routes.yaml"
            )
            let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]
            let command = nobody + ["--inh-caps=-all", try lan.router.copyOfRouter(), "run", "--config", file.path]
            let process = try lan.router.start(Self.activated(sockets) + command)
            try eventually("a router that serves; its log:\n\(process.errors)", within: 20) {
                process.errors.contains("msg=serving")
            }
            #expect(!process.errors.contains("not used"), "\(process.errors)")
            let socket = try RawDatagrams(on: lan.client)
            try eventually("an answer for NAS; its log:\n\(process.errors)", within: 20) {
                let answer = try socket.ask(Wire.query(id: 7, "NAS"), of: lan.router.address, within: 0.2)
                return answer.map { $0.count > 3 && $0[3] & 0x0F == 0 } ?? false
            }
            let session = try RawSession.connect(from: lan.client, to: lan.router.address)
            try session.send(Wire.sessionRequest("NAS"))
            #expect(try session.receive(exactly: 4) == Wire.positiveResponse)
            #expect(try lan.router.run("curl", "--silent", "--fail", "http://127.0.0.1/metrics").succeeded)
        }
    }

    @Test func `while a router is started again its connections wait, and none is refused`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                prefix: Self.activated("TCP:0.0.0.0:139,UDP:0.0.0.0:137")
            )
            let queue = try lan.router.run("ss", "-Hltn", "sport = :139").output.split(separator: " ")
            #expect(queue.count > 2 && queue[2] == "1024", "\(queue)")
            for round in 1...3 {
                router.process.send(signal: SIGTERM)
                for _ in 0..<20 {
                    let session = try RawSession.connect(from: lan.client, to: lan.router.address)
                    try session.send(Wire.sessionRequest("NAS"))
                    // A connection that the router had accepted ends with it.
                    let answer = (try? session.receive(exactly: 4, within: 20)) ?? []
                    #expect(answer == Wire.positiveResponse || answer.isEmpty)
                    session.close()
                }
                try eventually("another start") {
                    router.logLines.count { $0["msg"] == LogMessage.serving } > round
                }
            }
            #expect(try EchoLan.exchanges(router.session(from: lan.client, to: "NAS")))
        }
    }

    @Test func `a reload that leaves the service manager's port and returns to it loses no connection`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                prefix: Self.activated("TCP:0.0.0.0:139,UDP:0.0.0.0:137")
            )
            for generation in 2...5 {
                let elsewhere = "listen:\n  session_port: 1139\n"
                try router.write((generation.isMultiple(of: 2) ? elsewhere : "") + Self.routes)
                router.process.send(signal: SIGHUP)
                try router.logLine("reload \(generation)") { $0["generation"] == "\(generation)" }
                // The router's listener is closed when only the service manager holds the port.
                try eventually("the end of the old listener") {
                    let ports = try lan.router.run("ss", "-Hltn", "( sport = :139 or sport = :1139 )").output
                    return ports.split(separator: "\n").count == (generation.isMultiple(of: 2) ? 2 : 1)
                }
            }
            for _ in 0..<20 { #expect(try EchoLan.exchanges(router.session(from: lan.client, to: "NAS"))) }
        }
    }

    @Test func `an unused inherited socket is logged`() throws {
        try Lan.with(servers: 0) { lan in
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                prefix: Self.activated("TCP:0.0.0.0:139,TCP:127.0.0.1:1139")
            )
            let line = try router.logLine("the warning") { $0["msg"] == "inherited socket is unused" }
            #expect(line["listener"] == "TCP 127.0.0.1:1139" && line["level"] == "warning", "\(line)")
        }
    }

    // MARK: - Files

    private func repository(_ path: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(path).path
    }

    private func run(_ command: String...) throws -> Finished {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        return try Finished(running: command, folder: folder, within: 60)
    }

    @Test func `the unit has minimal exposure`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // Without its drop-ins, which would be read too. The threshold is ten times the number that systemd prints.
        let text = try String(contentsOfFile: self.repository("examples/nbrouter.service"), encoding: .utf8)
        let unit = folder.url.appendingPathComponent("nbrouter.service")
        try text.write(to: unit, atomically: true, encoding: .utf8)
        let words = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=15", unit.path]
        let finished = try Finished(running: words, folder: folder, within: 60)
        #expect(finished.succeeded, "\(finished)")
    }

    @Test func `systemd reads units and drop-ins without warnings`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let units = try folder.newFolder("units")
        func copy(_ path: String, to name: String) throws {
            let text = try String(contentsOfFile: self.repository(path), encoding: .utf8)
                .replacing("/usr/local/bin/nbrouter", with: "/bin/true").replacing(/Documentation=.*\n/, with: "")
            let file = units.appendingPathComponent(name)
            let parent = file.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        try copy("examples/nbrouter.service", to: "nbrouter.service")
        try copy("examples/nbrouter.socket", to: "nbrouter.socket")
        let dropIns = try FileManager.default.contentsOfDirectory(
            atPath: self.repository("examples/nbrouter.service.d")
        )
        #expect(dropIns.count >= 3)
        for name in dropIns { try copy("examples/nbrouter.service.d/\(name)", to: "nbrouter.service.d/\(name)") }
        let paths = ["nbrouter.service", "nbrouter.socket"].map { units.appendingPathComponent($0).path }
        let finished = try self.run(
            "systemd-analyze",
            "verify",
            "--man=no",
            "--recursive-errors=no",
            paths[0],
            paths[1]
        )
        #expect(finished.succeeded && !finished.errors.contains("nbrouter"), "\(finished)")
    }

    @Test func `the user and the directory are made as the files for packages say`() throws {
        let root = try TemporaryFolder()
        defer { root.remove() }
        let tree = try root.newFolder("root")
        try FileManager.default.createDirectory(
            at: tree.appendingPathComponent("etc"),
            withIntermediateDirectories: true
        )
        let users = self.repository("examples/sysusers.d/nbrouter.conf")
        #expect(try self.run("systemd-sysusers", "--root=\(tree.path)", users).succeeded)
        let passwd = try String(contentsOf: tree.appendingPathComponent("etc/passwd"), encoding: .utf8)
        #expect(passwd.contains("nbrouter:x:") && passwd.contains("/usr/sbin/nologin"), "\(passwd)")
        let files = self.repository("examples/tmpfiles.d/nbrouter.conf")
        #expect(try self.run("systemd-tmpfiles", "--create", "--root=\(tree.path)", files).succeeded)
        var status = stat()
        #expect(stat(tree.appendingPathComponent("run/nbrouter").path, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o750)
    }
}
