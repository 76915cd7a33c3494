import Testing

@testable import NetBIOS

/// Rule: a datagram decides neither the order nor the amount of what a node sends.
struct NameNodeFloodTests {
    private static let names = 0..<60

    @Test(
        arguments: NodeType.allCases,
        [false, true]
    )
    func `every packet that is due leaves within the bound of its lane, whatever comes in at any rate`(
        nodeType: NodeType,
        knowsIDs: Bool
    ) {
        for seed in UInt64(1)...3 {
            var network = HostileNetwork(nodeType, seed: seed)
            network.recordsWaits = true
            network.set(Self.names)
            let rates = [50, 500, 20_000]
            let rate = rates[Int(seed) % rates.count]
            let pause = Duration.seconds(1) / rate
            for _ in 0..<800 {
                network.run(until: network.now + pause)
                network.receiveAnything(names: Self.names, knowsIDs: knowsIDs)
                self.expectNoneOverdue(network)
            }
            for (lane, wait) in network.longestWaits {
                #expect(
                    wait <= HostileNetwork.bound(lane, names: Self.names.count),
                    "\(lane), \(nodeType), seed \(seed), ids known: \(knowsIDs)"
                )
            }
            #expect(network.node.timers.count <= Self.names.count)
            #expect(network.node.verifying.count <= NameNode.verificationLimit)
        }
    }

    /// A refresh that is due is asked for, or another request for the name is.
    private func expectNoneOverdue(_ network: HostileNetwork) {
        for (name, record) in network.node.claims {
            guard let registration = record.registration, let grant = registration.grant else { continue }
            switch registration.phase {
            case .registered: #expect(grant.refresh >= network.now, "\(name)")
            // One try of the check that was under way.
            case .confirming(.check, _, _, _): #expect(grant.refresh + .milliseconds(1500) >= network.now, "\(name)")
            case .registering, .confirming, .challenging, .releasing, .idle: break
            }
        }
    }

    @Test func `refusals in the name of the server start one check in five seconds, and no refresh or claim is late`() {
        var network = HostileNetwork(.hybrid, seed: 14)
        let before = 0..<100, after = 0..<110
        network.server.timeToLive = 30
        network.set(before)
        network.run(until: .seconds(10))
        network.sent = []
        let refusal = NameServiceResponse.Answer.registrationRefused(.active, AddressEntry(.rival), timeToLive: 0)
        // 400 a second of 62 bytes each, for a minute.
        for number in 0..<24_000 {
            network.run(until: .seconds(10) + .microseconds(2_500) * number)
            if number == 12_000 { network.set(after) }
            let response = NameServiceResponse(
                transactionID: network.generator.next(),
                name: .numbered(number % before.count),
                answer: refusal
            )
            network.receive(
                NameServicePacket.response(response).encoded(),
                from: NameServiceEndpoint(HostileNetwork.nameServer),
                wasBroadcast: false
            )
        }
        let checks = network.sent.filter { if case .query = $0.request.operation { true } else { false } }
        // One of the node's own accord and one for the refusals in five seconds; new names are asked for, too.
        #expect(checks.count <= 2 * 13 + after.count - before.count)
        for number in before {
            let refreshes = network.sent.filter {
                if case .refresh = $0.request.operation { $0.request.name == .numbered(number) } else { false }
            }
            let times = [.seconds(10)] + refreshes.map(\.time) + [network.now]
            let pauses = zip(times, times.dropFirst()).map { $1 - $0 }
            #expect(pauses.max() ?? .zero <= .seconds(15) + HostileNetwork.bound(.refresh, names: after.count))
        }
        for number in after { #expect(network.node.state(of: .numbered(number)) == .owned) }
        let new = network.sent.filter { $0.request.name == .numbered(105) }
        #expect(new.first.map { $0.time <= .seconds(41) } == true, "claimed at once: \(new.first as Any)")
    }

    @Test func `forged objections make the node ask so many holders at a time, and no release waits for that`() {
        var network = HostileNetwork(.broadcast, seed: 15)
        network.set(0..<200)
        network.run(until: .seconds(20))
        network.sent = []
        let objection = NameServiceResponse.Answer.registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0)
        for number in 0..<20_000 {
            network.run(until: .seconds(20) + .milliseconds(1) * number)
            if number == 10_000 { network.set(0..<150) }
            let response = NameServiceResponse(
                transactionID: network.generator.next(),
                name: .numbered(number % 200),
                answer: objection
            )
            network.receive(
                NameServicePacket.response(response).encoded(),
                from: NameServiceEndpoint(IPv4Address(192, 0, 2, UInt8(10 + number % 200))),
                wasBroadcast: number % 2 == 0
            )
            #expect(network.node.verifying.count <= NameNode.verificationLimit)
        }
        let questions = network.sent.filter { if case .query = $0.request.operation { true } else { false } }
        // Three in 15 seconds for each that is asked.
        #expect(questions.count <= NameNode.verificationLimit * (20 / 15 + 1) * 3)
        let releases = network.sent.filter { if case .release = $0.request.operation { true } else { false } }
        #expect(releases.count == 150)
        #expect(releases.last.map { $0.time < .seconds(33) } == true)
    }

    @Test
    func `releases forged in the name of a holder cause one early attempt in half a minute, and put none off for ever`()
    {
        var network = HostileNetwork(.broadcast, seed: 16)
        network.set(0..<1)
        let refusal = NameServiceResponse.Answer.registrationRefused(.active, AddressEntry(.rival), timeToLive: 0)
        let release = NameServicePacket.request(
            NameServiceRequest(
                transactionID: 7,
                name: .numbered(0),
                isBroadcast: true,
                operation: .release(AddressEntry(.rival))
            )
        )
        for step in 0..<6_000 {
            network.run(until: .milliseconds(50) * step)
            if case .claiming = network.node.state(of: .numbered(0)), let claim = network.sent.last?.request {
                // The real holder.
                let response = NameServicePacket.response(NameServiceResponse(to: claim, refusal))
                network.receive(response.encoded(), from: NameServiceEndpoint(.rival), wasBroadcast: false)
            } else if let claim = network.sent.last?.request, case .conflict = network.node.state(of: .numbered(0)) {
                let response = NameServicePacket.response(NameServiceResponse(to: claim, refusal))
                network.receive(response.encoded(), from: NameServiceEndpoint(.rival), wasBroadcast: false)
            }
            network.receive(release.encoded(), from: NameServiceEndpoint(.rival), wasBroadcast: true)
        }
        // Five minutes: an attempt each half minute, of one broadcast or two until the holder objects.
        #expect((10...24).contains(network.sent.count), "\(network.sent.count)")
    }

    @Test(
        arguments: [NodeType.hybrid, .mixed],
        [false, true]
    )
    func `a server that only ever asks for time keeps no name from being claimed by broadcast for more than a minute`(
        nodeType: NodeType,
        answersQueries: Bool
    ) {
        var network = HostileNetwork(nodeType, seed: 17)
        network.set(0..<10)
        network.run(until: .seconds(5))
        network.server.other = { request in
            if case .query = request.operation, answersQueries { return nil }
            if case .refresh = request.operation, answersQueries { return nil }
            return .wait(seconds: 3_600, requestWord: 0x7900)
        }
        network.run(until: .seconds(100))
        network.set(0..<20)
        network.run(until: .seconds(100) + ClaimTiming.longestWait + .seconds(3))
        for number in 0..<20 { #expect(network.node.state(of: .numbered(number)) == .owned, "\(number)") }
        let broadcasts = network.sent.filter { $0.destination == .broadcast && $0.request.name == .numbered(15) }
        #expect(broadcasts.count == 4, "three claims and the overwrite demand")
    }

    @Test(arguments: [UInt32(0), 1, 30])
    func `timers and turns in memory do not grow with time, whatever is granted`(timeToLive: UInt32) {
        var network = HostileNetwork(.hybrid, seed: 18)
        network.server.timeToLive = timeToLive
        network.set(0..<4)
        for hour in 1...(timeToLive == 1 ? 1 : 12) {
            network.run(until: .seconds(3600) * hour)
            network.sent = []
            #expect(network.node.timers.count == 4, "after \(hour) hours")
            #expect(network.node.lanes.count <= 8)
            #expect(network.node.walks.isEmpty)
        }
        for number in 0..<4 { #expect(network.node.state(of: .numbered(number)) == .owned) }
    }

    @Test func `a grant of no time is refreshed no more often than twice a second`() {
        var network = HostileNetwork(.point, seed: 19)
        network.server.timeToLive = 1
        network.set(0..<1)
        network.run(until: .seconds(600))
        let refreshes = network.sent.filter { if case .refresh = $0.request.operation { true } else { false } }
        #expect((1_000...1_200).contains(refreshes.count), "\(refreshes.count)")
    }
}
