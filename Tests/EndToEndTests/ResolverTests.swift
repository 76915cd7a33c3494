import Foundation
import Testing

/// Name resolution of programs on a test's network: from the host's own files, without the machine's resolver.
@Suite(.serialized)
struct ResolverTests {
    /// The outcome of `getent ahosts`, with the system calls of a resolver.
    private struct Lookup {
        let finished: Finished
        let calls: [Substring]

        init(of name: String, on host: Host) throws {
            let trace = host.folder.newFile("trace")
            let calls = "trace=connect,sendto,sendmsg,sendmmsg,poll,ppoll"
            self.finished = try host.run("strace", "-f", "-qq", "-o", trace.path, "-e", calls, "getent", "ahosts", name)
            self.calls = try String(contentsOf: trace, encoding: .utf8).split(separator: "\n")
        }

        /// The calls that address a name server.
        var toNameServers: [Substring] { self.calls.filter { $0.contains("htons(53)") } }
        /// The calls that reached a service of the machine, such as nscd.
        var toServices: [Substring] { self.calls.filter { $0.contains("sun_path") && !$0.contains("= -1 ") } }
        /// The calls that timed out.
        var timeouts: [Substring] { self.calls.filter { $0.contains("(Timeout)") } }
    }

    @Test func `each host resolves its own name from its hosts file, and others without the machine's name servers`()
        throws
    {
        let machine = try String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        try Lan.with { lan in
            for host in [lan.router, lan.client, lan.stranger] + lan.servers {
                #expect(try host.run("uname", "-n").output == "\(host.name)\n")
                let own = try Lookup(of: host.name, on: host)
                #expect(own.finished.output.hasPrefix("\(host.address) "), "\(own)")
                #expect(own.toNameServers.isEmpty && own.toServices.isEmpty, "\(own)")
            }
            for name in [machine, "no-such-name.example"] {
                let other = try Lookup(of: name, on: lan.client)
                #expect(other.toNameServers.allSatisfy { $0.contains(#"inet_addr("127.0.0.1")"#) }, "\(other)")
                #expect(other.toServices.isEmpty && other.timeouts.isEmpty, "\(other)")
            }
            let unknown = try lan.client.run("getent", "ahosts", "no-such-name.example")
            #expect(unknown.ending == .exited(2), "\(unknown)")
        }
    }

    @Test func `a real smbd with a default route sends no question to a name server`() throws {
        try Lan.with { lan in
            let server = lan.servers[0]
            let route = try server.run("ip", "route", "add", "default", "via", lan.router.address)
            #expect(route.succeeded, "\(route)")
            let recording = try Recording(of: "port 53 or arp", on: lan.router)
            _ = try SambaServer(on: server, greeting: "hello")
            #expect(try SambaClient(host: lan.client, port: 445).greeting(of: server.address) == "hello")
            let neighbour = try server.run("getent", "ahosts", "no-such-name.example")
            #expect(neighbour.ending == .exited(2), "\(neighbour)")
            try recording.stop()
            #expect(try !recording.rows("arp", fields: ["frame.number"]).isEmpty, "it recorded")
            let questions = try recording.rows("dns", fields: ["ip.dst", "dns.qry.name"])
            #expect(questions.isEmpty, "\(questions)")
        }
    }
}
