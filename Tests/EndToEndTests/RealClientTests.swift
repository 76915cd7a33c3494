import Foundation
import Testing

/// smbclient through the router to Samba servers that listen on 445 alone, found by broadcast.
@Suite(.serialized)
struct RealClientTests {
    @Test func `each of three names is found by broadcast and reaches its own server`() throws {
        try Lan.with(servers: 3) { lan in
            let names = ["XYKON-2", "COPIER", "ARCHIVE"]
            for (name, host) in zip(names, lan.servers) { _ = try SambaServer(on: host, greeting: "this is \(name)\n") }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: names))
            for name in names { try router.owns(name) }
            let client = SambaClient(host: lan.client)
            for name in names {
                #expect(try client.greeting(of: name) == "this is \(name)\n")
                let listing = try client.commands("ls", of: name)
                #expect(listing.succeeded && listing.output.contains("hello.txt"), "\(listing)")
            }
            // Names are compared without case.
            #expect(try client.greeting(of: "copier") == "this is COPIER\n")
            let shares = try client.shares(of: "ARCHIVE")
            #expect(shares.succeeded && shares.output.contains("files"), "\(shares)")
            #expect(router.process.isRunning)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `files of many sizes go to the server and come back byte for byte`(dialect: Dialect) throws {
        try Lan.with { lan in
            let server = try SambaServer(on: lan.servers[0], greeting: "hello")
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            var client = SambaClient(host: lan.client)
            client.dialect = dialect.rawValue
            let folder = try lan.client.folder.newFolder("files")
            var commands: [String] = []
            let sizes = [0, 1, 65_537, 8 << 20 | 3, 20_000_000]
            for size in sizes {
                let file = folder.appendingPathComponent("sent-\(size)")
                try Data(Pattern.bytes(count: size)).write(to: file)
                commands += ["put \(file.path) \(size)", "get \(size) \(folder.path)/back-\(size)"]
            }
            let finished = try client.commands(commands.joined(separator: ";"), of: "XYKON-2", within: 120)
            #expect(finished.succeeded, "\(finished)")
            for size in sizes {
                let sent = try Data(contentsOf: folder.appendingPathComponent("sent-\(size)"))
                let stored = try Data(contentsOf: server.share.appendingPathComponent("\(size)"))
                let back = try Data(contentsOf: folder.appendingPathComponent("back-\(size)"))
                #expect(sent.count == size)
                #expect(stored == sent, "stored \(size) bytes")
                #expect(back == sent, "got \(size) bytes back")
            }
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["dialect"] == dialect.logged)
        }
    }

    @Test func `a client whose call was refused tries *SMBSERVER, which the default route takes where there is one`()
        throws
    {
        try Lan.with { lan in
            _ = try SambaServer(on: lan.servers[0], greeting: "hello")
            func routes(_ settings: String) -> String { Routes.to(lan.servers, names: ["XYKON-2"], settings: settings) }
            let router = try RouterProcess.start(on: lan.router, routes("default_route: XYKON-2"))
            try lan.client.etc.setHosts("\(lan.router.address) misspelt\n")
            var client = SambaClient(host: lan.client)
            client.resolution = "host"
            #expect(try client.greeting(of: "misspelt") == "hello")
            try eventually("the ends of both calls") { router.endedSessions.count == 2 }
            #expect(router.endedSessions.map { $0["called"] } == ["MISSPELT<20>", "*SMBSERVER<20>"])
            #expect(router.endedSessions.map { $0["end"] } == ["refused:82", "client"])
            // Without one both calls are refused, so that a wrong name does not reach another server.
            try router.reload(routes(""))
            #expect(throws: ToolFailure.self) { try client.greeting(of: "misspelt") }
            try eventually("the ends of both calls") { router.endedSessions.count == 4 }
            #expect(router.endedSessions.suffix(2).map { $0["end"] } == ["refused:82", "refused:82"])
        }
    }

    @Test func `a file of 1 GiB goes to the server and comes back byte for byte`() throws {
        try Lan.with { lan in
            let server = try SambaServer(on: lan.servers[0], greeting: "hello")
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            let sent = lan.client.folder.newFile("sent")
            try Self.writeMarkedFile(sent, size: 1 << 30)
            let back = lan.client.folder.newFile("back")
            let finished = try SambaClient(host: lan.client)
                .commands("put \(sent.path) big; get big \(back.path)", of: "XYKON-2", within: 240)
            #expect(finished.succeeded, "\(finished)")
            for copy in [server.share.appendingPathComponent("big"), back] {
                let comparison = try lan.client.run("cmp", sent.path, copy.path, within: 60)
                #expect(comparison.succeeded, "\(comparison)")
            }
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(try #require(line["bytes_in"].flatMap { Int($0) }) > 1 << 30)
            #expect(try #require(line["bytes_out"].flatMap { Int($0) }) > 1 << 30)
        }
    }

    /// A sparse file with a mark of its own place in every 16 KiB, so that no two blocks are the same.
    private static func writeMarkedFile(_ file: URL, size: Int) throws {
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        try handle.truncate(atOffset: UInt64(size))
        for offset in stride(from: 0, to: size, by: 16_384) {
            try handle.seek(toOffset: UInt64(offset))
            try handle.write(contentsOf: Data("block at \(offset)".utf8))
        }
    }
}

/// The SMB dialects that are tried, by Samba's names.
enum Dialect: String, CaseIterable, Sendable {
    case nt1 = "NT1"
    case smb202 = "SMB2_02"
    case smb210 = "SMB2_10"
    case smb300 = "SMB3_00"
    case smb311 = "SMB3_11"

    /// The dialect's name in the router's log. Samba gives NT1 its older name if the client offers both.
    var logged: String {
        switch self {
        case .nt1: "NT LANMAN 1.0"
        case .smb202: "SMB 2.0.2"
        case .smb210: "SMB 2.1"
        case .smb300: "SMB 3.0"
        case .smb311: "SMB 3.1.1"
        }
    }
}
