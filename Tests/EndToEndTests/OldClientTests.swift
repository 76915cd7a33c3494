import Foundation
import Synchronization
import Testing

/// SMB 1 clients, and servers that refuse them.
@Suite(.serialized)
struct OldClientTests {
    /// A backend's way to refuse a client that speaks only SMB 1.
    enum Refusal: String, CaseIterable, Sendable {
        /// As Windows without the feature SMB 1.0.
        case reset
        /// As other servers.
        case close
        /// With a negotiate response without a dialect, as Samba.
        case answer
    }

    /// The router's warnings about clients that are too old for a backend.
    private static func warnings(_ router: RouterProcess) -> [LogLine] {
        router.logLines.filter { $0["msg"] == LogMessage.clientRefused }
    }

    @Test(arguments: Refusal.allCases)
    func `a backend that refuses SMB 1 causes one warning with the remedy`(refusal: Refusal) throws {
        try Lan.with { lan in
            _ = try RawServer(on: lan.servers[0]) { session in
                let request = try session.receive(exactly: ScannerConversation.messages[0].bytes.count)
                switch refusal {
                case .reset: session.reset()
                case .close: return
                case .answer:
                    try session.send(Wire.message(Array(request[4..<36]) + [1, 0xFF, 0xFF, 0, 0]))
                    _ = try session.receiveToEnd()
                }
            }
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(["OLD", "ALSO"].map { Routes.route($0, to: lan.servers[0].address) })
            )
            for name in ["OLD", "OLD", "ALSO", "OLD"] {
                let ended = router.endedSessions.count
                let session = try router.session(from: lan.client, to: name)
                try session.send(ScannerConversation.messages[0].bytes)
                _ = try? session.receive()
                session.close()
                try eventually("the end of the session") { router.endedSessions.count == ended + 1 }
            }
            try eventually("warnings") { Self.warnings(router).count == 2 }
            let warnings = Self.warnings(router)
            #expect(warnings.map { $0["route"] } == ["OLD", "ALSO"], "once a route and hour: \(warnings)")
            for warning in warnings {
                #expect(warning["level"] == "warning" && warning["backend"] == "\(lan.servers[0].address):445")
                #expect(warning["client"]?.hasPrefix(lan.client.address) == true, "\(warning)")
                #expect(warning["remedy"]?.contains("server min protocol = NT1") == true, "\(warning)")
                #expect(router.endedSessions.contains { $0["id"] == warning["id"] }, "greppable by the session's mark")
            }
        }
    }

    @Test func `a real server without SMB 1 causes the warning for an old client, and none for a new one`() throws {
        try Lan.with { lan in
            _ = try SambaServer(on: lan.servers[0], greeting: "hello", dialects: .init(oldest: "SMB2_02"))
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            try router.owns("NAS")
            #expect(try SambaClient(host: lan.client).greeting(of: "NAS") == "hello")
            try eventually("the end of the new client's session") { !router.endedSessions.isEmpty }
            #expect(Self.warnings(router).isEmpty)
            let old = try SambaClient(host: lan.client, dialect: "NT1").commands("dir", of: "NAS")
            #expect(!old.succeeded, "\(old)")
            let warning = try router.logLine("a warning") { $0["remedy"]?.contains("NT1") == true }
            #expect(warning["route"] == "NAS", "\(warning)")
            #expect(Self.warnings(router).count == 1)
        }
    }

    @Test func `a scanner's conversation is relayed unchanged, including stray bytes, in any chunking`() throws {
        try Lan.with { lan in
            let heard = Heard()
            _ = try RawServer(on: lan.servers[0]) { session in
                for message in ScannerConversation.messages {
                    if message.isFromScanner {
                        heard.add(try session.receive(exactly: message.bytes.count))
                    } else {
                        try session.send(message.bytes)
                    }
                }
                heard.add(try session.receiveToEnd())
            }
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: [ScannerConversation.called])
            )
            let said = ScannerConversation.messages.filter(\.isFromScanner).map(\.bytes)
            for pieceLength in [1, 7, 1000] {
                heard.clear()
                let scanner = try RawSession.connect(from: lan.client, to: lan.router.address)
                try scanner.send(
                    Wire.sessionRequest(ScannerConversation.called, calling: ScannerConversation.calling)
                )
                #expect(try scanner.receive(exactly: 4) == Wire.positiveResponse)
                for message in ScannerConversation.messages {
                    if message.isFromScanner {
                        for start in stride(from: 0, to: message.bytes.count, by: pieceLength) {
                            try scanner.send(Array(message.bytes[start...].prefix(pieceLength)))
                        }
                    } else {
                        let answer = try scanner.receive(exactly: message.bytes.count)
                        #expect(answer == message.bytes, "\(message.name) in pieces of \(pieceLength)")
                    }
                }
                scanner.finishSending()
                #expect(try scanner.receiveToEnd().isEmpty)
                #expect(heard.messages == said + [[]], "in pieces of \(pieceLength)")
            }
            try eventually("the end of the sessions") { router.endedSessions.count == 3 }
            for line in router.endedSessions {
                #expect(line["called"] == "VMWINXP<20>" && line["calling"] == "PRINTER<00>", "\(line)")
                #expect(line["dialect"] == "NT LM 0.12" && line["end"] == "client", "\(line)")
                #expect(line["bytes_in"] == "\(said.joined().count)", "\(line)")
            }
            #expect(Self.warnings(router).isEmpty)
        }
    }

    @Test func `Wireshark decodes the scanner's conversation as intended`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let packets = ScannerConversation.messages.map { message in
            let direction = message.isFromScanner ? "O" : "I"
            return direction + "\n0000 "
                + message.bytes.map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined(separator: " ") + "\n"
        }
        let dump = try folder.write(packets.joined(), named: "conversation.txt"), capture = folder.newFile("pcap")
        let written = try Finished(
            running: ["text2pcap", "-q", "-D", "-T", "1044,139", dump.path, capture.path],
            folder: folder,
            within: 30
        )
        #expect(written.succeeded, "\(written)")
        let fields = ["smb.cmd", "smb.flags.response", "smb.dialect.name", "smb.max_bufsize", "smb.path"]
        let read = try Finished(
            running: ["tshark", "-n", "-r", capture.path, "-T", "fields"] + fields.flatMap { ["-e", $0] },
            folder: folder,
            within: 60
        )
        #expect(
            read.output.split(separator: "\n").map { $0.replacing("\t", with: "|") } == [
                "0x72|0|\(ScannerConversation.dialects.joined(separator: ","))||", "0x72|1||4356|", "0x73,0xff|0|||",
                "0x73,0xff|1|||", #"0x75,0xff|0|||\\VMWINXP\SCANS"#, #"0x75,0xff|1|||\\VMWINXP\SCANS"#,
                #"0x71|0|||\\VMWINXP\SCANS"#, #"0x71|1|||\\VMWINXP\SCANS"#,
            ],
            "\(read)"
        )
        let odd = try Finished(
            running: ["tshark", "-n", "-r", capture.path, "-Y", "_ws.malformed"],
            folder: folder,
            within: 60
        )
        #expect(odd.output.isEmpty, "\(odd)")
    }
}

/// The messages that a backend received.
private final class Heard: Sendable {
    private let all = Mutex<[[UInt8]]>([])

    var messages: [[UInt8]] { self.all.withLock { $0 } }

    func add(_ message: [UInt8]) { self.all.withLock { $0.append(message) } }

    func clear() { self.all.withLock { $0 = [] } }
}
