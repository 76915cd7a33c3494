import Foundation
import Testing

/// Names that are announced to browsers: `names: announce: true`.
struct AnnouncementTests {
    private static let settings = "names: {workgroup: OLDGROUP, announce: true}"

    /// An announcement, as tshark reads it.
    private struct Announcement {
        let time: Double
        let source, destination, sourceName, destinationName, host: String
        let serverType: Int
        /// Milliseconds.
        let period: Int
    }

    private static func announcements(in recording: Recording) throws -> [Announcement] {
        let fields = [
            "frame.time_epoch", "ip.src", "ip.dst", "nbdgm.source_name", "nbdgm.destination_name", "browser.server",
            "browser.server_type", "browser.period",
        ]
        return try recording.rows("browser.command == 1", fields: fields).compactMap { row in
            guard let time = Double(row[0]), let serverType = Int(row[6].dropFirst(2), radix: 16),
                let period = Int(row[7])
            else { return nil }
            return Announcement(
                time: time,
                source: row[1],
                destination: row[2],
                sourceName: row[3],
                destinationName: row[4],
                host: row[5],
                serverType: serverType,
                period: period
            )
        }
    }

    /// Waits until the announcements so far fulfil a condition, and returns them.
    private static func announcements(
        in recording: Recording,
        _ expected: String,
        within seconds: Double = 15,
        until condition: ([Announcement]) -> Bool
    ) throws -> [Announcement] {
        var announcements: [Announcement] = []
        do {
            try eventually(expected, within: seconds) {
                announcements = try self.announcements(in: recording)
                return condition(announcements)
            }
        } catch let error as WaitedInVain {
            throw WaitedInVain(expected: "\(expected) among \(announcements)", seconds: error.seconds)
        }
        return announcements
    }

    @Test func `a real local master browser lists the names, shows them to smbclient, and takes off those that go`()
        throws
    {
        try Lan.with { lan in
            let backend = lan.servers[0].address
            let master = try MasterBrowser(on: lan.stranger, workgroup: "OLDGROUP")
            try master.waitUntilMaster()
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(
                    [Routes.route("XYKON-2", to: backend, "aliases: [SCANS]"), Routes.route("COPIER", to: backend)],
                    settings: Self.settings
                )
            )
            try master.waitForList("all names") { list in
                ["XYKON-2", "SCANS", "COPIER"].allSatisfy { list.contains("\"\($0)\"") }
            }
            // Samba's client learns the server's workgroup, whose list it asks for, in a log-in of the old kind alone.
            let old = ["client min protocol = NT1", "client use spnego = no", "client NTLMv2 auth = no"]
            let shown = try lan.client.run(
                ["smbclient", "-L", "//\(MasterBrowser.name)", "-I", lan.stranger.address, "-N", "-m", "NT1"]
                    + ["-W", "OLDGROUP"] + old.map { "--option=\($0)" }
            )
            for name in ["XYKON-2", "SCANS", "COPIER"] { #expect(shown.output.contains("\(name) "), "\(shown)") }
            try router.reload(Routes.file([Routes.route("XYKON-2", to: backend)], settings: Self.settings))
            try master.waitForList("the name that stays alone") { list in
                list.contains("\"XYKON-2\"") && !list.contains("\"SCANS\"") && !list.contains("\"COPIER\"")
            }
            #expect(try router.stop() == .exited(0))
            try master.waitForList("no name") { !$0.contains("\"XYKON-2\"") }
        }
    }

    @Test func `a master browser that starts later requests announcements, and gets them`() throws {
        try Lan.with { lan in
            let recording = try Recording(of: "udp port 138", on: lan.client)
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("XYKON-2", to: lan.servers[0].address)], settings: Self.settings)
            )
            _ = try Self.announcements(in: recording, "the first announcement") { !$0.isEmpty }
            try router.owns("XYKON-2")
            let master = try MasterBrowser(on: lan.stranger, workgroup: "OLDGROUP")
            try master.waitUntilMaster()
            try eventually("the master's request", within: 60) {
                try !recording.rows("browser.command == 2", fields: ["ip.src"]).isEmpty
            }
            try master.waitForList("the name") { $0.contains("\"XYKON-2\"") }
        }
    }

    @Test func `tshark decodes an announcement of each server's name, in its scope`() throws {
        try Lan.with { lan in
            let recording = try Recording(of: "udp port 138", on: lan.client)
            let backend = lan.servers[0].address
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(
                    [
                        Routes.route("XYKON-2", to: backend), Routes.route("OTHER", to: backend, "suffixes: [0x00]"),
                        Routes.route("SCOPED", to: backend, "scope: example.com"),
                    ],
                    settings: Self.settings
                )
            )
            let announced = try Self.announcements(in: recording, "two announcements") { $0.count >= 2 }
            #expect(Set(announced.map(\.host)) == ["XYKON-2", "SCOPED"], "\(announced)")
            #expect(announced.allSatisfy { $0.source == "10.77.0.1" && $0.destination == Lan.broadcastAddress })
            #expect(announced.allSatisfy { $0.serverType == 0x9003 && $0.period == 60_000 }, "\(announced)")
            let plain = try #require(announced.first { $0.host == "XYKON-2" })
            #expect(plain.sourceName.hasPrefix("XYKON-2<00>") && plain.destinationName.hasPrefix("OLDGROUP<1d>"))
            #expect(try router.stop() == .exited(0))
            let all = try Self.announcements(in: recording, "two farewells") { $0.count >= 4 }
            #expect(all.dropFirst(2).allSatisfy { $0.serverType == 0 }, "\(all)")
            try recording.stop()
            let everything = try recording.rows("udp.srcport == 138", fields: ["ip.src", "udp.dstport"])
            #expect(everything.allSatisfy { $0 == ["10.77.0.1", "138"] } && everything.count == 4, "\(everything)")
            let complaints = try recording.rows("_ws.malformed || _ws.expert.severity >= 0x600000", fields: ["ip.src"])
            #expect(complaints.isEmpty, "\(complaints)")
        }
    }

    @Test func `a request to announce is answered once within 30 s, and nothing else is answered at all`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("XYKON-2", to: lan.servers[0].address)], settings: Self.settings)
            )
            try router.owns("XYKON-2")
            let recording = try Recording(of: "udp port 138", on: lan.client)
            let asker = try RawDatagrams(on: lan.stranger, port: 138)
            for frame: [UInt8] in [
                [0x08, 0, 0], [0x09, 1, 0, 0, 0, 0], [0x0E, 1], [0x01], [0x0B] + Array("X".utf8) + [0],
            ] {
                try asker.send(Wire.browserDatagram(to: "OLDGROUP", 0x1E, frame), to: Lan.broadcastAddress, port: 138)
                try asker.send(Wire.browserDatagram(to: "XYKON-2", 0x20, frame), to: lan.router.address, port: 138)
            }
            let request: [UInt8] = [0x02, 0x00] + Array("ASKER".utf8) + [0]
            try asker.send(Wire.browserDatagram(to: "ELSEWHERE", 0x00, request), to: Lan.broadcastAddress, port: 138)
            let start = Date().timeIntervalSince1970
            for _ in 0..<5 {
                try asker.send(Wire.browserDatagram(to: "OLDGROUP", 0x00, request), to: Lan.broadcastAddress, port: 138)
            }
            let answers = try Self.announcements(in: recording, "an answer", within: 40) { announcements in
                announcements.contains { $0.host == "XYKON-2" }
            }
            #expect(answers.count == 1 && answers[0].time - start < 31, "\(answers)")
            let spoken = try recording.rows("ip.src == 10.77.0.1", fields: ["ip.dst"])
            #expect(spoken == [[Lan.broadcastAddress]], "\(spoken)")
        }
    }

    @Test func `Announcing is turned on and off by a reload, all or nothing, and without it the port stays closed`()
        throws
    {
        try Lan.with { lan in
            let recording = try Recording(of: "udp port 138", on: lan.client)
            let route = Routes.route("XYKON-2", to: lan.servers[0].address)
            let quiet = Routes.file([route], settings: "names: {workgroup: OLDGROUP}")
            let announcing = Routes.file([route], settings: Self.settings)
            let router = try RouterProcess.start(on: lan.router, quiet)
            try router.owns("XYKON-2")
            #expect(try !lan.router.hasSocket(.udp, port: 138))

            var neighbour: RawDatagrams? = try RawDatagrams(on: lan.router, port: 138)
            try router.write(announcing)
            router.process.send(signal: SIGHUP)
            let refused = try router.logLine("the refusal") { $0["msg"]?.hasPrefix(LogMessage.notReloaded) == true }
            #expect(refused["listener"] == "UDP 0.0.0.0:138", "\(refused)")
            try router.owns("XYKON-2")
            #expect(neighbour != nil)
            neighbour = nil

            try router.reload(announcing)
            #expect(try lan.router.hasSocket(.udp, port: 138))
            let announced = try Self.announcements(in: recording, "an announcement") { !$0.isEmpty }
            #expect(announced.map(\.host) == ["XYKON-2"] && announced.first?.serverType != 0, "\(announced)")

            try router.reload(quiet)
            let ended = try Self.announcements(in: recording, "a farewell") { $0.count >= 2 }
            #expect(ended.map(\.serverType).last == 0, "\(ended)")
            try eventually("the port closed") { try !lan.router.hasSocket(.udp, port: 138) }
            try router.owns("XYKON-2")
        }
    }

    @Test func `a name with an address of its own is announced from there, and in silence where that is gone`() throws {
        try Lan.with { lan in
            let recording = try Recording(of: "udp port 138", on: lan.client)
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(
                    [Routes.route("FLOATING", to: lan.servers[0].address, "address: 10.77.0.50")],
                    settings: Self.settings
                )
            )
            #expect(throws: WaitedInVain.self) {
                _ = try Self.announcements(in: recording, "nothing", within: 2) { !$0.isEmpty }
            }
            let address = ["10.77.0.50/24", "broadcast", Lan.broadcastAddress, "dev", "eth0"]
            try lan.router.run(["ip", "addr", "add"] + address)
            let announced = try Self.announcements(in: recording, "an announcement") { !$0.isEmpty }
            #expect(announced.map(\.source) == ["10.77.0.50"] && announced.map(\.host) == ["FLOATING"], "\(announced)")
            try lan.router.run(["ip", "addr", "del"] + address)
            let client = try RawDatagrams(on: lan.client)
            try eventually("silence") {
                try client.ask(Wire.query(id: 7, "FLOATING", broadcast: true), of: Lan.broadcastAddress, within: 0.1)
                    == nil
            }
            #expect(try router.stop() == .exited(0))
            #expect(try Self.announcements(in: recording).count == 1)
        }
    }

    @Test func `a name that another host holds is not announced`() throws {
        try Lan.with { lan in
            _ = try NameHolder(on: lan.stranger, name: "TAKEN")
            let recording = try Recording(of: "udp port 138 and host 10.77.0.1", on: lan.client)
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(
                    ["TAKEN", "FREE"].map { Routes.route($0, to: lan.servers[0].address, "suffixes: [0x20]") },
                    settings: Self.settings
                )
            )
            try router.logLine("the conflict") { $0["msg"]?.hasPrefix("name in conflict") == true }
            let announced = try Self.announcements(in: recording, "an announcement") { !$0.isEmpty }
            #expect(announced.map(\.host) == ["FREE"], "\(announced)")
            #expect(try router.stop() == .exited(0))
            let all = try Self.announcements(in: recording, "a farewell") { $0.count >= 2 }
            #expect(all.map(\.host) == ["FREE", "FREE"], "\(all)")
        }
    }

    @Test func `Hostile datagrams to the port have no effect`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("XYKON-2", to: lan.servers[0].address)], settings: Self.settings)
            )
            try router.owns("XYKON-2")
            let attacker = try RawDatagrams(on: lan.stranger)
            let recording = try Recording(of: "udp port 138", on: lan.client)
            let good = Wire.browserDatagram(to: "OLDGROUP", 0x00, [0x02, 0x00, 0x00])
            var numbers = SystemRandomNumberGenerator()
            for round in 0..<20_000 {
                var bytes = good
                for _ in 0...(round % 4) {
                    bytes[Int.random(in: bytes.indices, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
                }
                if round % 5 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &numbers)) }
                if round % 7 == 0 { bytes += [UInt8](repeating: 0xC0, count: 1200) }
                // Datagrams beyond the network's buffers are lost.
                try? attacker.send(bytes, to: round % 2 == 0 ? Lan.broadcastAddress : lan.router.address, port: 138)
            }
            #expect(router.process.isRunning)
            try router.owns("XYKON-2")
            let answers = try Self.announcements(in: recording, "an answer", within: 40) { announcements in
                announcements.contains { $0.host == "XYKON-2" }
            }
            #expect(answers.count <= 2, "\(answers)")
            let memory = try ProcessUse.residentBytes(of: router.process)
            #expect(memory < 200_000_000)
            #expect(try router.stop() == .exited(0))
        }
    }
}
