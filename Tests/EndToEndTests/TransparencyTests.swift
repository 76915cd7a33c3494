import Foundation
import Synchronization
import Testing

/// Samba's tests of a file server: the results through the router on 139 equal those directly on 445.
@Suite(.serialized)
struct TransparencyTests {
    private static let user = "root%secret"

    /// Starts smbd with as many shares as there are tests at a time.
    private static func startServer(on host: Host, ports: [UInt16]) throws {
        let server = try SambaServer(
            on: host,
            greeting: "",
            ports: ports,
            shares: (0..<self.lanes).map { "lane\($0)" },
            settings: "ntlm auth = yes"
        )
        try server.addRoot(password: "secret")
    }

    /// The number of concurrent tests, each on a share of its own: they mostly sleep.
    private static let lanes = 4

    /// The target of the tests.
    private struct Place {
        var name: String
        var port: Int

        /// Returns the verdicts of a test at this target.
        func verdicts(of test: String, from host: Host, share: String) throws -> [Verdict] {
            let client = SambaClient(host: host, port: self.port)
            let finished = try client.smbtorture(
                test,
                name: self.name,
                share: share,
                user: TransparencyTests.user,
                within: 120
            )
            return Verdict.all(in: finished.output.replacing(self.name, with: "SERVER"))
        }
    }

    @Test func `smbtorture has the same results through the router on 139 as directly on 445, for the same reasons`()
        throws
    {
        try Lan.with { lan in
            try Self.startServer(on: lan.servers[0], ports: [445])
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            let tests = Queue(TransparencyList.compared), findings = Findings()
            let workers = (0..<Self.lanes).map { lane in
                Background {
                    while let test = tests.next() {
                        let direct = try Place(name: lan.servers[0].address, port: 445)
                            .verdicts(of: test, from: lan.client, share: "lane\(lane)")
                        let routed = try Place(name: "XYKON-2", port: 139)
                            .verdicts(of: test, from: lan.client, share: "lane\(lane)")
                        findings.add(test, direct, routed)
                    }
                }
            }
            for worker in workers { try worker.value(within: 600) }
            for (test, direct, routed) in findings.all {
                #expect(!direct.isEmpty, "\(test) has no verdict")
                #expect(direct == routed, "\(test)")
            }
            let verdicts = findings.all.flatMap(\.direct)
            // Otherwise the server or the user would be at fault, and nothing compared.
            #expect(verdicts.count { $0.word == "success" } > 280, "\(verdicts.count) verdicts")
            #expect(router.process.isRunning)
            #expect(router.endedSessions.count >= TransparencyList.compared.count)
            #expect(
                router.endedSessions.allSatisfy { $0["end"] == "client" || $0["end"] == "backend" },
                "\(router.endedSessions.filter { $0["end"] != "client" && $0["end"] != "backend" })"
            )
        }
    }

    @Test func `a server's own port 139 gives other verdicts, so a difference would be detected`() throws {
        try Lan.with { lan in
            try Self.startServer(on: lan.servers[0], ports: [445, 139])
            func differs(_ test: String) throws -> Bool {
                let own = Place(name: lan.servers[0].address, port: 139), direct = Place(name: own.name, port: 445)
                return try direct.verdicts(of: test, from: lan.client, share: "lane0")
                    != own.verdicts(of: test, from: lan.client, share: "lane0")
            }
            // smbd accepts no write there that is longer than a frame of 17 bits.
            #expect(try differs("smb2.rw"))
            #expect(try differs("smb2.ioctl"))
            #expect(try !differs("smb2.read"))
        }
    }

    @Test func `every suite of smbtorture's is compared, or left out for a reason`() throws {
        try Lan.with { lan in
            let listed = try lan.client.run("smbtorture", "--list-suites")
            let suites = listed.output.split(separator: "\n").map { $0.drop { $0 == " " } }
                .filter { $0.hasPrefix("base.") || $0.hasPrefix("raw.") || $0.hasPrefix("smb2.") }
            let leftOut = TransparencyList.leftOut.flatMap(\.suites)
            // Of a suite that takes long single tests may be compared.
            let whole = TransparencyList.compared.filter { test in !leftOut.contains { test.hasPrefix($0 + ".") } }
            #expect(whole.count + leftOut.count == Set(whole + leftOut).count)
            #expect(Set(suites.map(String.init)) == Set(whole + leftOut))
        }
    }
}

/// smbtorture's verdict on one test of a suite.
private struct Verdict: Hashable, Sendable, CustomStringConvertible {
    /// `success`, `failure`, `error` or `skip`.
    var word: String
    var test: String
    /// The first line of the reason, if any.
    var reason = ""

    var description: String { "\(self.word): \(self.test) \(self.reason)" }

    /// All of them in the order in which they were printed.
    static func all(in output: String) -> [Verdict] {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.compactMap { index in
            let words = lines[index].split(separator: " ")
            guard words.count >= 2, ["success:", "failure:", "error:", "skip:"].contains(words[0]) else { return nil }
            var verdict = Verdict(word: String(words[0].dropLast()), test: String(words[1]))
            if words.last == "[", index + 1 < lines.count { verdict.reason = String(lines[index + 1]) }
            return verdict
        }
    }
}

/// The remaining work, shared by several threads.
private final class Queue: Sendable {
    private let left: Mutex<ArraySlice<String>>

    init(_ all: [String]) { self.left = Mutex(all[...]) }

    func next() -> String? { self.left.withLock { $0.popFirst() } }
}

/// The findings of several threads.
private final class Findings: Sendable {
    typealias Finding = (test: String, direct: [Verdict], routed: [Verdict])
    private let found = Mutex<[Finding]>([])

    var all: [Finding] { self.found.withLock { $0 } }

    func add(_ test: String, _ direct: [Verdict], _ routed: [Verdict]) {
        self.found.withLock { $0.append((test, direct, routed)) }
    }
}
