import Testing

/// A protocol violation by a side whose peer has already sent its FIN.
@Suite(.serialized)
struct ProtocolViolationTests {
    enum Violator: CaseIterable, Sendable {
        case client, backend
    }

    @Test(arguments: Violator.allCases)
    func `a violation after a half-close ends the session as protocol, after the bytes before it`(violator: Violator)
        throws
    {
        try Lan.with { lan in
            let backend = Handover()
            defer { backend.end() }
            let server = try RawServer(on: lan.servers[0], serve: backend.serve)
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let client = try router.session(from: lan.client, to: "NAS")
            let (offender, other) =
                switch violator {
                case .client: (client, try backend.session())
                case .backend: (try backend.session(), client)
                }
            try other.sendPattern(count: 70_000, within: 10)
            other.finishSending()
            #expect(try offender.receivePattern(within: 10) == 70_000)
            let valid = Pattern.bytes(count: 65_525)
            try offender.send(valid + Wire.sessionRequest("NAS"))
            let received = try other.receiveStream(within: 10)
            #expect(received == ReceivedStream(count: valid.count, end: .reset), "nothing of the violation, and no FIN")
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["end"] == "protocol", "\(line)")
            withExtendedLifetime(server) {}
        }
    }
}
