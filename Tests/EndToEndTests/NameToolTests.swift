import Testing

/// The output of common NetBIOS tools about the router.
@Suite(.serialized)
struct NameToolTests {
    private static let unique = ["XYKON-2", "SCANS", "COPIER"]

    /// A network whose router has claimed a name, its alias and another name.
    private func withNames(_ body: (Lan, RouterProcess) throws -> Void) throws {
        try Lan.with { lan in
            let backend = lan.servers[0].address
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([
                    Routes.route("XYKON-2", to: backend, "aliases: [SCANS]"), Routes.route("COPIER", to: backend),
                ])
            )
            for name in Self.unique {
                try router.owns(name)
                try router.owns(name, suffix: 0x00)
            }
            try router.owns("WORKGROUP", suffix: 0x00)
            try body(lan, router)
        }
    }

    @Test func `nmblookup finds each name by broadcast, once, at the router's address`() throws {
        try self.withNames { lan, _ in
            for name in Self.unique {
                for suffix in ["00", "20"] {
                    let lookup = try SambaClient(host: lan.client).nmblookup("\(name)#\(suffix)")
                    #expect(lookup.succeeded, "\(lookup)")
                    #expect(
                        lookup.output.split(separator: "\n").filter { $0.contains("<") }
                            == ["\(lan.router.address) \(name)<\(suffix)>"],
                        "\(lookup)"
                    )
                }
            }
        }
    }

    @Test func `nmblookup finds nothing for a name that is not there`() throws {
        try self.withNames { lan, _ in
            let lookup = try SambaClient(host: lan.client).nmblookup("NOBODY")
            #expect(!lookup.succeeded && lookup.output.contains("name_query failed"), "\(lookup)")
        }
    }

    @Test func `nmblookup -A prints every name with its suffix, kind and state`() throws {
        try self.withNames { lan, _ in
            let status = try SambaClient(host: lan.client).nmblookup("-A", lan.router.address)
            #expect(status.succeeded, "\(status)")
            var table: Set<String> = []
            for line in status.output.split(separator: "\n") where line.hasPrefix("\t") {
                let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
                table.insert(words.filter { $0 != "-" }.joined(separator: " "))
            }
            var expected: Set = ["WORKGROUP <00> <GROUP> B <ACTIVE>"]
            for name in Self.unique {
                expected.formUnion(["\(name) <00> B <ACTIVE>", "\(name) <20> B <ACTIVE>"])
            }
            #expect(table.isSuperset(of: expected), "\(status)")
            let hardware = try lan.router.run("cat", "/sys/class/net/eth0/address").output
            let address = hardware.split(separator: "\n")[0].replacing(":", with: "-").uppercased()
            #expect(status.output.contains("MAC Address = \(address)"), "\(status)")
        }
    }

    @Test func `nbtscan prints every name as a server's or a group's`() throws {
        try self.withNames { lan, _ in
            let scan = try lan.client.run("nbtscan", "-v", "-s", ":", lan.router.address)
            #expect(scan.succeeded, "\(scan)")
            let rows = Set(
                scan.output.split(separator: "\n").map { line in
                    line.split(separator: ":").map { $0.split(separator: " ").joined(separator: " ") }
                        .joined(separator: ":")
                }
            )
            for name in Self.unique {
                #expect(rows.contains("\(lan.router.address):\(name):20U"), "\(scan)")
                #expect(rows.contains("\(lan.router.address):\(name):00U"), "\(scan)")
            }
            #expect(rows.contains("\(lan.router.address):WORKGROUP:00G"), "\(scan)")
        }
    }

    @Test func `nmap's nbstat script prints every name with its flags`() throws {
        try self.withNames { lan, _ in
            let scan = try lan.client.run(
                "nmap",
                "-n",
                "-Pn",
                "-sU",
                "-p",
                "137",
                "-v",
                "--script",
                "nbstat",
                lan.router.address,
                within: 60
            )
            #expect(scan.succeeded, "\(scan)")
            let lines = scan.output.split(separator: "\n").map { line in
                line.drop { "|_ ".contains($0) }.split(separator: " ").joined(separator: " ")
            }
            for name in Self.unique {
                #expect(lines.contains("\(name)<20> Flags: <unique><active>"), "\(scan)")
                #expect(lines.contains("\(name)<00> Flags: <unique><active>"), "\(scan)")
            }
            #expect(lines.contains("WORKGROUP<00> Flags: <group><active>"), "\(scan)")
        }
    }
}
