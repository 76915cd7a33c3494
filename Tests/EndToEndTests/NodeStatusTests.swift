import Foundation
import Testing

/// `nbrouter node-status` against the router itself and real Samba hosts.
@Suite(.serialized)
struct NodeStatusTests {
    /// Runs `nbrouter node-status` on a host.
    private static func status(on host: Host, _ arguments: String...) throws -> Finished {
        try host.run([try Prerequisites.router(), "node-status"] + arguments)
    }

    /// Returns the names in a table of nbrouter, or of `nmblookup -A`.
    private static func names(in table: String) -> Set<String> {
        let words = table.split(separator: "\n").map { $0.split { $0 == " " || $0 == "\t" } }
        return Set(
            words.compactMap { words in
                guard let name = words.first else { return nil }
                if name.hasSuffix(">") { return String(name) }
                return words.count > 1 && words[1].hasPrefix("<") && words[1].count == 4 ? "\(name)\(words[1])" : nil
            }
        )
    }

    @Test func `it prints the same names of a real nmbd as nmblookup, by address and by name`() throws {
        try Lan.with { lan in
            _ = try NameHolder(on: lan.stranger, name: "OLDBOX")
            let reference = try SambaClient(host: lan.client).nmblookup("-A", lan.stranger.address)
            let names = Self.names(in: reference.output)
            #expect(names.contains("OLDBOX<20>") && names.contains("ELSEWHERE<00>"), "\(reference)")
            for host in [lan.stranger.address, "OLDBOX", "oldbox<00>"] {
                let status = try Self.status(on: lan.client, host)
                #expect(status.succeeded && Self.names(in: status.output) == names, "\(status)\n\(reference)")
                #expect(status.output.hasPrefix("host 10.77.0.3, no MAC\n"), "\(status)")
            }
        }
    }

    @Test func `it prints the router's names, their meaning and the hardware address of its interface`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            try router.owns("XYKON-2", suffix: 0x00)
            try router.owns("WORKGROUP", suffix: 0x00)
            let mac = try lan.router.run("cat", "/sys/class/net/eth0/address").output
            let status = try Self.status(on: lan.client, lan.router.address)
            let lines = status.output.split(separator: "\n").map(String.init)
            #expect(lines.first == "host 10.77.0.1, MAC \(mac.trimmingCharacters(in: .newlines))", "\(status)")
            #expect(lines.dropFirst().first == "NAME           MEANING      KIND    NODE       FLAGS", "\(status)")
            #expect(
                Set(lines.dropFirst(2)) == [
                    "XYKON-2<20>    server       unique  broadcast  active",
                    "XYKON-2<00>    workstation  unique  broadcast  active",
                    "WORKGROUP<00>  workgroup    group   broadcast  active",
                ],
                "\(status)"
            )
        }
    }

    @Test func `a scope has names of its own, and the queried name is the first of a truncated table`() throws {
        struct Result: Decodable {
            struct Name: Decodable { let name, suffix: String }
            let scope: String
            let truncated: Bool
            let names: [Name]
        }
        try Lan.with { lan in
            let backend = lan.servers[0].address
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(
                    [Routes.route("SCOPED", to: backend, "scope: example.com")]
                        + (10..<40).map { Routes.route("MANY-\($0)", to: backend, "suffixes: [0x20]") }
                )
            )
            for name in 10..<40 { try router.owns("MANY-\(name)") }
            try router.owns("SCOPED", scope: "example.com")
            let scoped = try Self.status(on: lan.client, lan.router.address, "--scope", "example.com")
            #expect(
                Self.names(in: scoped.output).subtracting(["WORKGROUP<00>"]) == ["SCOPED<20>", "SCOPED<00>"],
                "\(scoped)"
            )
            let status = try Self.status(on: lan.client, "MANY-39", "--json")
            let result = try JSONDecoder().decode(Result.self, from: Data(status.output.utf8))
            #expect(result.names.first?.name == "MANY-39" && result.names.count == 25, "\(status)")
            #expect(result.truncated && result.scope.isEmpty, "\(status)")
        }
    }

    @Test func `a host that does not respond is 1, and one that cannot be queried is 2`() throws {
        try Lan.with { lan in
            let silent = try Self.status(on: lan.client, lan.servers[0].address)
            #expect(silent.ending == .exited(1) && silent.errors.contains("connection refused"), "\(silent)")
            let nobody = try Self.status(on: lan.client, "nobody.invalid")
            #expect(nobody.ending == .exited(1) && nobody.errors.contains("as a host name"), "\(nobody)")
            let nowhere = try Self.status(on: lan.client, "203.0.113.1")
            #expect(nowhere.ending == .exited(2) && nowhere.errors.contains("network is unreachable"), "\(nowhere)")
        }
    }
}
