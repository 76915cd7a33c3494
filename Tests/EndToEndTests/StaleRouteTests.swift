import Testing

/// Calls that are being routed while a reload removes their route.
@Suite(.serialized)
struct StaleRouteTests {
    /// The networks of an access list that takes milliseconds to search, so that the routing table may be replaced
    /// before a call is admitted.
    private static let longList = (0..<3_000).map { "203.\($0 >> 8).\($0 & 0xFF).0/32" }.joined(separator: ", ")

    @Test func `no call is admitted to a removed route`() throws {
        try Lan.with { lan in
            let server = try CrowdServer(on: lan.servers[0])
            let other = Routes.route("OTHER", to: "10.77.0.12")
            let route = Routes.route("NAS", to: "10.77.0.11", "on_remove: close", "deny: [\(Self.longList)]")
            let without = Routes.file([other]), with = Routes.file([other, route])
            let router = try RouterProcess.start(on: lan.router, without)
            let (done, admitted, refused) = (Flag(), Counter(), Counter())
            defer { done.raise() }
            let calling = (0..<4).map { _ in
                Background {
                    var held: [RawSession] = []
                    while !done.isRaised {
                        let call = try RawSession.connect(from: lan.client, to: lan.router.address)
                        try call.send(Wire.sessionRequest("NAS"))
                        let response: [UInt8]
                        do {
                            response = try call.receive(exactly: 4)
                        } catch RawSession.Failure.ended(after: 0) {
                            // Admitted, and ended with its route before the backend was connected.
                            continue
                        }
                        guard response == Wire.positiveResponse else {
                            refused.add()
                            call.reset()
                            continue
                        }
                        admitted.add()
                        held.append(call)
                        if held.count > 20 { held.removeFirst().reset() }
                    }
                    for call in held { call.reset() }
                }
            }
            for round in 0..<30 {
                let before = admitted.value
                try router.reload(with)
                try eventually("admitted calls in round \(round)") { admitted.value >= before + 20 }
                let line = try router.reload(without)
                #expect(line["sessions_kept"] == "0", "\(line)")
                try eventually("the end of every session of the removed route in round \(round)") {
                    server.open == 0
                }
            }
            done.raise()
            for background in calling { try background.value(within: 30) }
            #expect(admitted.value >= 600 && refused.value > 0)
        }
    }
}
