import Testing

@testable import NetBIOS

/// A node, a clock, and a log of the node's packets and events.
private struct Bench {
    var node: NameNode
    var now: Duration = .zero
    var sent: [(time: Duration, transmission: NameTransmission)] = []
    var events: [NameEvent] = []
    private var generator = SeededGenerator(seed: 1002)

    init(claimRate: Int = 200) {
        self.init(address: .node, claimRate: claimRate)
    }

    init(address: IPv4Address, claimRate: Int = 200, seed: UInt64 = 1002) {
        let network = IPv4Network(containing: address, prefixLength: 24)
        var configuration = NameNode.Configuration(
            address: address,
            network: network ?? .documentation
        )
        configuration.claimRate = claimRate
        configuration.unitID = UnitID(rawValue: 0x0200_5E10_0001)
        self.node = NameNode(configuration)
        self.generator = SeededGenerator(seed: seed)
    }

    mutating func set(_ names: [AdvertisedName]) {
        self.node.setNames(names, now: self.now, using: &self.generator)
        self.drain()
    }

    mutating func set(_ names: [QualifiedName]) {
        self.set(names.map { AdvertisedName($0) })
    }

    /// Lets the clock run from deadline to deadline, up to `end`.
    mutating func run(until end: Duration) {
        while let deadline = self.node.nextDeadline, deadline <= end {
            self.now = max(self.now, deadline)
            self.node.advance(to: self.now, using: &self.generator)
            self.drain()
        }
        self.now = end
        self.node.advance(to: self.now, using: &self.generator)
        self.drain()
    }

    /// Passes a packet in and returns the packets sent at once.
    @discardableResult
    mutating func receive(
        _ packet: NameServicePacket,
        from host: IPv4Address = .client,
        port: UInt16 = 137,
        wasBroadcast: Bool = false
    ) -> [NameTransmission] {
        let count = self.sent.count
        do throws(WireError) {
            try self.node.received(
                packet.encoded(),
                from: NameServiceEndpoint(host, port: port),
                wasBroadcast: wasBroadcast,
                now: self.now,
                using: &self.generator
            )
        } catch {
            Issue.record("\(error)")
        }
        self.drain()
        return self.sent[count...].map(\.transmission)
    }

    /// Passes bytes in and returns the decoding error, if any.
    mutating func refusal(of bytes: [UInt8]) -> WireError? {
        do throws(WireError) {
            try self.node.received(
                bytes,
                from: NameServiceEndpoint(.client),
                wasBroadcast: true,
                now: self.now,
                using: &self.generator
            )
            return nil
        } catch {
            return error
        }
    }

    mutating func releaseAll() {
        self.node.releaseAll(now: self.now, using: &self.generator)
        self.drain()
    }

    mutating func drain() {
        while let transmission = self.node.nextTransmission() { self.sent.append((self.now, transmission)) }
        while let event = self.node.nextEvent() { self.events.append(event) }
    }

    /// The requests that were sent about a name, and when, in milliseconds.
    func requests(_ name: QualifiedName) -> [(time: Duration, request: NameServiceRequest)] {
        self.sent.compactMap { time, transmission in
            guard case .request(let request) = transmission.packet, request.name == name else { return nil }
            return (time, request)
        }
    }
}

extension IPv4Network {
    /// `192.0.2.0/24`; the fallback never happens, since 24 is a length.
    static var documentation: IPv4Network {
        IPv4Network(containing: .node, prefixLength: 24) ?? .documentation
    }
}

extension NameServicePacket {
    /// A request with the B bit set or not.
    fileprivate static func ask(
        _ name: QualifiedName,
        _ operation: NameServiceRequest.Operation = .query(recursionDesired: true),
        isBroadcast: Bool = true
    ) -> NameServicePacket {
        .request(NameServiceRequest(transactionID: 0xABCD, name: name, isBroadcast: isBroadcast, operation: operation))
    }

    /// A response under an id.
    fileprivate static func say(
        _ name: QualifiedName,
        id: UInt16,
        _ answer: NameServiceResponse.Answer
    ) -> NameServicePacket {
        .response(NameServiceResponse(transactionID: id, name: name, answer: answer))
    }
}

struct NameNodeTests {
    private var bench = Bench()

    // MARK: Claiming

    @Test
    mutating func `a name is claimed with three registrations 250 ms apart under one id, then owned, then announced`() {
        self.bench.set([.fileServer])
        #expect(self.bench.node.state(of: .fileServer) == .claiming)
        self.bench.run(until: .milliseconds(749))
        #expect(self.bench.node.state(of: .fileServer) == .claiming)
        #expect(self.bench.events.isEmpty)
        self.bench.run(until: .seconds(100))
        let requests = self.bench.requests(.fileServer)
        #expect(requests.map(\.time) == [0, 250, 500, 750].map { .milliseconds($0) })
        #expect(Set(requests.map(\.request.transactionID)).count == 1)
        let entry = AddressEntry(.node)
        #expect(
            requests.map(\.request.operation)
                == Array(repeating: .registration(entry, timeToLive: 259_200), count: 3)
                + [.overwrite(entry, timeToLive: 259_200)]
        )
        #expect(requests.allSatisfy { $0.request.isBroadcast })
        #expect(self.bench.sent.allSatisfy { $0.transmission.destination == NameServiceEndpoint(.broadcast) })
        #expect(self.bench.events == [.owned(.fileServer)])
        #expect(self.bench.node.names == [NameStatus(advertised: AdvertisedName(.fileServer), state: .owned)])
        #expect(self.bench.node.nextDeadline == nil)
    }

    @Test mutating func `a group with an address of its own registers both`() {
        self.bench.set([AdvertisedName(.workgroup, isGroup: true, address: .client)])
        #expect(
            self.bench.requests(.workgroup).first?.request.operation
                == .registration(AddressEntry(.client, isGroup: true), timeToLive: 259_200)
        )
    }

    @Test mutating func `a name is neither answered nor defended before it is owned`() {
        self.bench.set([.fileServer])
        self.bench.run(until: .milliseconds(500))
        let registration = NameServiceRequest.Operation.registration(AddressEntry(.rival), timeToLive: 0)
        #expect(self.bench.receive(.ask(.fileServer), wasBroadcast: true).isEmpty)
        #expect(self.bench.receive(.ask(.fileServer, registration), from: .rival, wasBroadcast: true).isEmpty)
    }

    @Test mutating func `an objection puts one name in conflict, and the others go on`() throws {
        self.bench.set([.fileServer, .other])
        let id = try #require(self.bench.requests(.fileServer).first?.request.transactionID)
        let objection = NameServiceResponse.Answer.registrationRefused(.active, AddressEntry(.node), timeToLive: 0)
        self.bench.receive(.say(.fileServer, id: id &+ 1, objection), from: .rival)
        #expect(self.bench.node.state(of: .fileServer) == .claiming)
        self.bench.receive(.say(.fileServer, id: id, objection), from: .rival)
        #expect(self.bench.node.state(of: .fileServer) == .conflict(holder: .rival))
        self.bench.run(until: .seconds(10))
        #expect(self.bench.events == [.conflict(.fileServer, holder: .rival), .owned(.other)])
        #expect(self.bench.requests(.fileServer).count == 1)
        #expect(self.bench.receive(.ask(.fileServer), wasBroadcast: true).isEmpty)
        self.bench.run(until: .seconds(60))
        #expect(self.bench.node.state(of: .fileServer) == .owned)
        let second = self.bench.requests(.fileServer)[1]
        #expect((.seconds(30)...(.milliseconds(37_500))).contains(second.time))
        #expect(second.request.transactionID != id)
    }

    @Test mutating func `a name that its holder releases is tried again at once, and not because another host says so`()
        throws
    {
        self.bench.set([.fileServer])
        let id = try #require(self.bench.requests(.fileServer).first?.request.transactionID)
        let objection = NameServiceResponse.Answer.registrationRefused(.active, AddressEntry(.node), timeToLive: 0)
        self.bench.receive(.say(.fileServer, id: id, objection), from: .rival)
        let release = NameServicePacket.ask(.fileServer, .release(AddressEntry(.rival)))
        self.bench.receive(release, from: .client, wasBroadcast: true)
        self.bench.run(until: .seconds(5))
        #expect(self.bench.node.state(of: .fileServer) == .conflict(holder: .rival))
        for time in [5000, 5250, 5500] {
            self.bench.run(until: .milliseconds(time))
            self.bench.receive(release, from: .rival, wasBroadcast: true)
        }
        self.bench.run(until: .seconds(8))
        #expect(self.bench.node.state(of: .fileServer) == .owned)
    }

    @Test mutating func `a lasting conflict is reported once, and retried with backoff`() {
        self.bench.set([.fileServer])
        while self.bench.now < .seconds(7200) {
            if let id = self.bench.requests(.fileServer).last?.request.transactionID {
                self.bench.receive(
                    .say(.fileServer, id: id, .registrationRefused(.active, AddressEntry(.node), timeToLive: 0)),
                    from: .rival
                )
            }
            self.bench.run(until: self.bench.node.nextDeadline ?? .seconds(7200))
        }
        #expect(self.bench.events == [.conflict(.fileServer, holder: .rival)])
        #expect((10...20).contains(self.bench.requests(.fileServer).count))
    }

    @Test mutating func `its own registrations, received back, are no objection and get none`() {
        self.bench.set([.fileServer])
        for time in stride(from: 0, through: 1000, by: 250) {
            self.bench.run(until: .milliseconds(time))
            for (_, transmission) in self.bench.sent {
                #expect(self.bench.receive(transmission.packet, from: .node, wasBroadcast: true).isEmpty)
            }
        }
        #expect(self.bench.events == [.owned(.fileServer)])
        #expect(self.bench.node.counters[.registration, .own] > 0)
        let objection = NameServiceResponse.Answer.registrationRefused(.active, AddressEntry(.node), timeToLive: 0)
        self.bench.receive(.say(.fileServer, id: 1, objection), from: .node)
        #expect(self.bench.node.counters[.response, .own] == 1)
        #expect(self.bench.node.counters[.query, .sent] == 0)
    }

    @Test mutating func `another interface of this host may claim the same names`() {
        self.bench.node.ownAddresses = [.rival]
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(1))
        let registration = NameServiceRequest.Operation.registration(AddressEntry(.rival), timeToLive: 0)
        #expect(self.bench.receive(.ask(.fileServer, registration), from: .rival, wasBroadcast: true).isEmpty)
    }

    @Test func `two nodes that claim one name: the first keeps it, the second reports the holder`() {
        var first = Bench(address: .node)
        var second = Bench(address: .rival, seed: 2)
        first.set([.fileServer])
        first.run(until: .seconds(2))
        second.run(until: .seconds(2))
        second.set([.fileServer])
        for (_, registration) in second.sent {
            for answer in first.receive(registration.packet, from: .rival, wasBroadcast: true) {
                #expect(answer.destination == NameServiceEndpoint(.rival))
                second.receive(answer.packet, from: .node)
            }
        }
        #expect(first.node.state(of: .fileServer) == .owned)
        #expect(first.events.last == .defended(.fileServer, against: .rival))
        #expect(second.node.state(of: .fileServer) == .conflict(holder: .node))
    }

    // MARK: Losing

    /// A node that owns the name, at one second, and its query after a conflict demand.
    private mutating func challenged(_ answer: NameServiceResponse.Answer, from host: IPv4Address) -> NameTransmission?
    {
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(1))
        return self.bench.receive(.say(.fileServer, id: 0x6666, answer), from: host).first
    }

    @Test mutating func `a conflict demand is verified by asking its sender, who then gets the name when it owns it`()
        throws
    {
        let sent = self.challenged(.registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0), from: .rival)
        let question = try #require(sent)
        #expect(question.destination == NameServiceEndpoint(.rival))
        guard case .request(let query) = question.packet else { Issue.record("not a query"); return }
        #expect(query.operation == .query(recursionDesired: false))
        #expect(!query.isBroadcast)
        #expect(self.bench.receive(.ask(.fileServer), wasBroadcast: true).count == 1, "still answered")
        self.bench.receive(
            .say(.fileServer, id: query.transactionID, .addresses([AddressEntry(.rival)], timeToLive: 0)),
            from: .rival
        )
        #expect(self.bench.events == [.owned(.fileServer), .lost(.fileServer, holder: .rival)])
        #expect(self.bench.receive(.ask(.fileServer), wasBroadcast: true).isEmpty)
        self.bench.run(until: .seconds(60))
        #expect(self.bench.node.state(of: .fileServer) == .owned, "tried again later")
    }

    @Test mutating func `a forged conflict demand has no effect: the host denies, is silent, or names this node`()
        throws
    {
        let demand = NameServiceResponse.Answer.registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0)
        let sent = self.challenged(demand, from: .rival)
        let question = try #require(sent)
        guard case .request(let query) = question.packet else { Issue.record("not a query"); return }
        self.bench.receive(.say(.fileServer, id: query.transactionID, .queryRefused(.nameUnknown)), from: .rival)
        #expect(self.bench.node.nextDeadline == nil)
        let again = self.bench.receive(.say(.fileServer, id: 1, demand), from: .rival)
        guard case .request(let second) = again.first?.packet else { Issue.record("not a query"); return }
        self.bench.receive(
            .say(.fileServer, id: second.transactionID, .addresses([AddressEntry(.node)], timeToLive: 0)),
            from: .rival
        )
        self.bench.receive(.say(.fileServer, id: 1, demand), from: .rival)
        self.bench.run(until: .seconds(60))
        #expect(self.bench.node.state(of: .fileServer) == .owned)
        #expect(self.bench.events == [.owned(.fileServer)])
        #expect(self.bench.node.counters[.query, .sent] == 5)
    }

    @Test mutating func `a conflict demand that names a holder makes that host asked, if it is on the link`() {
        let demand = NameServiceResponse.Answer.registrationRefused(.conflict, AddressEntry(.rival), timeToLive: 0)
        #expect(self.challenged(demand, from: .client)?.destination == NameServiceEndpoint(.rival))
        let far = NameServiceResponse.Answer.registrationRefused(.conflict, AddressEntry(.stranger), timeToLive: 0)
        #expect(self.bench.receive(.say(.fileServer, id: 1, far), from: .client).isEmpty)
        let forged = NameServiceResponse.Answer.registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0)
        #expect(self.bench.receive(.say(.fileServer, id: 1, forged), from: .stranger).isEmpty)
    }

    @Test
    mutating func
        `an objection to a claim in progress counts only from a host of the network, even with the claim's id`() throws
    {
        self.bench.set([.fileServer])
        self.bench.run(until: .milliseconds(100))
        let id = try #require(self.bench.requests(.fileServer).first).request.transactionID
        for (host, isBelieved) in [(IPv4Address.stranger, false), (.broadcast, false), (.any, false), (.rival, true)] {
            let objection = NameServiceResponse.Answer.registrationRefused(.active, AddressEntry(host), timeToLive: 0)
            self.bench.receive(.say(.fileServer, id: id, objection), from: host)
            let expected: NameState = isBelieved ? .conflict(holder: host) : .claiming
            #expect(self.bench.node.state(of: .fileServer) == expected, "\(host)")
        }
    }

    @Test mutating func `a group is not lost to another member`() throws {
        self.bench.set([AdvertisedName(.workgroup, isGroup: true)])
        self.bench.run(until: .seconds(1))
        let demand = NameServiceResponse.Answer.registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0)
        let question = self.bench.receive(.say(.workgroup, id: 1, demand), from: .rival).first
        guard case .request(let query) = question?.packet else { Issue.record("not a query"); return }
        let member = NameServiceResponse.Answer.addresses([AddressEntry(.rival, isGroup: true)], timeToLive: 0)
        self.bench.receive(.say(.workgroup, id: query.transactionID, member), from: .rival)
        #expect(self.bench.node.state(of: .workgroup) == .owned)
    }

    @Test(arguments: GoldenPacket.responses)
    func `no response is ever answered`(golden: GoldenPacket) {
        var bench = Bench()
        bench.set([.other])
        bench.run(until: .seconds(1))
        #expect(bench.receive(golden.packet, from: .rival).isEmpty)
        #expect(bench.receive(golden.packet, from: .rival, wasBroadcast: true).isEmpty)
    }

    // MARK: Releasing

    @Test
    mutating func
        `a removed name is released three times, 250 ms apart, and no longer answered; others are not touched`()
    {
        self.bench.set([.fileServer, .other])
        self.bench.run(until: .seconds(1))
        self.bench.sent = []
        self.bench.set([.other])
        #expect(self.bench.node.state(of: .fileServer) == .releasing)
        #expect(self.bench.receive(.ask(.fileServer), wasBroadcast: true).isEmpty)
        self.bench.run(until: .seconds(60))
        let requests = self.bench.requests(.fileServer)
        #expect(requests.map(\.time) == [1000, 1250, 1500].map { .milliseconds($0) })
        #expect(requests.allSatisfy { $0.request.operation == .release(AddressEntry(.node)) && $0.request.isBroadcast })
        #expect(Set(requests.map(\.request.transactionID)).count == 1)
        #expect(self.bench.sent.count == 3)
        #expect(self.bench.events.last == .released(.fileServer))
        #expect(self.bench.node.state(of: .fileServer) == nil)
        #expect(self.bench.node.state(of: .other) == .owned)
    }

    @Test mutating func `setting the same names again sends nothing`() {
        self.bench.set([.fileServer, .other])
        self.bench.run(until: .seconds(1))
        let count = self.bench.sent.count
        self.bench.set([.other, .fileServer, .other])
        self.bench.run(until: .seconds(60))
        #expect(self.bench.sent.count == count)
    }

    @Test mutating func `a name that comes back while it is being released is claimed anew, and released no further`() {
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(1))
        self.bench.set([QualifiedName]())
        self.bench.run(until: .milliseconds(1300))
        self.bench.sent = []
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(60))
        let kinds = self.bench.requests(.fileServer).map(\.request.operation.counted)
        #expect(kinds == [.registration, .registration, .registration, .overwrite])
        #expect(self.bench.node.state(of: .fileServer) == .owned)
        #expect(self.bench.events == [.owned(.fileServer), .owned(.fileServer)])
    }

    @Test mutating func `a name that is removed at once leaves no state`() {
        for _ in 0..<10 {
            self.bench.set([.fileServer])
            self.bench.set([QualifiedName]())
        }
        self.bench.run(until: .seconds(60))
        #expect(self.bench.node.isIdle)
        #expect(self.bench.requests(.fileServer).allSatisfy { $0.request.operation.counted == .registration })
        #expect(self.bench.node.nextDeadline == nil)
    }

    @Test mutating func `an orderly stop releases what is owned, forgets the rest, and ends idle`() throws {
        self.bench.set([.fileServer, .other])
        let id = try #require(self.bench.requests(.other).first?.request.transactionID)
        self.bench.receive(
            .say(.other, id: id, .registrationRefused(.active, AddressEntry(.node), timeToLive: 0)),
            from: .rival
        )
        self.bench.run(until: .seconds(1))
        self.bench.sent = []
        self.bench.releaseAll()
        #expect(!self.bench.node.isIdle)
        self.bench.run(until: .seconds(2))
        #expect(self.bench.node.isIdle)
        #expect(self.bench.sent.count == 3)
        #expect(self.bench.requests(.other).isEmpty)
    }

    @Test mutating func `a silent stop sends nothing, and the node can start again`() {
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(1))
        self.bench.sent = []
        self.bench.node.stopSilently()
        self.bench.run(until: .seconds(2))
        #expect(self.bench.node.isIdle)
        #expect(self.bench.sent.isEmpty)
        #expect(self.bench.receive(.ask(.fileServer), wasBroadcast: true).isEmpty)
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(3))
        #expect(self.bench.node.state(of: .fileServer) == .owned)
    }

    @Test mutating func `a name whose address changes stays answered, with the new one, and is announced`() {
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(1))
        self.bench.sent = []
        self.bench.set([AdvertisedName(.fileServer, address: .client)])
        #expect(
            self.bench.requests(.fileServer).map(\.request.operation)
                == [.overwrite(AddressEntry(.client), timeToLive: 259_200)]
        )
        let answer = self.bench.receive(.ask(.fileServer), wasBroadcast: true).first
        #expect(
            answer?.packet
                == .say(.fileServer, id: 0xABCD, .addresses([AddressEntry(.client)], timeToLive: 259_200))
        )
    }

    // MARK: Responses

    @Test mutating func `a query is answered once, at once, to the asker's port`() {
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(1))
        let sent = self.bench.receive(.ask(.fileServer), port: 40_000, wasBroadcast: true)
        #expect(sent.map(\.destination) == [NameServiceEndpoint(.client, port: 40_000)])
        #expect(self.bench.node.counters[.query, .answered] == 1)
    }

    @Test mutating func `broadcasts from outside of the network are dropped, questions from there are answered`() {
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(1))
        #expect(self.bench.receive(.ask(.fileServer), from: .stranger, wasBroadcast: true).isEmpty)
        #expect(self.bench.node.counters[.query, .offLink] == 1)
        #expect(self.bench.receive(.ask(.fileServer, isBroadcast: false), from: .stranger).count == 1)
    }

    @Test(arguments: [0, 7, 19, 53, 136] as [UInt16])
    func `nothing is sent to a port below 137`(port: UInt16) {
        var bench = Bench()
        bench.set([.fileServer])
        bench.run(until: .seconds(1))
        #expect(bench.receive(.ask(.fileServer), port: port, wasBroadcast: true).isEmpty)
        #expect(bench.receive(.ask(.other, isBroadcast: false), port: port).isEmpty)
        #expect(bench.node.counters[.query, .badSource] == 2)
    }

    @Test mutating func `nothing is sent to a broadcast, wildcard or multicast source address`() {
        let demand = NameServiceResponse.Answer.registrationRefused(.conflict, AddressEntry(.broadcast), timeToLive: 0)
        #expect(self.challenged(demand, from: .rival) == nil)
        for host in [IPv4Address.broadcast, .any, .limitedBroadcast, IPv4Address(224, 0, 0, 1)] {
            #expect(self.bench.receive(.ask(.fileServer, isBroadcast: false), from: host).isEmpty)
            let demand = NameServiceResponse.Answer.registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0)
            #expect(self.bench.receive(.say(.fileServer, id: 1, demand), from: host).isEmpty)
        }
        #expect(self.bench.node.state(of: .fileServer) == .owned)
    }

    @Test mutating func `bytes that are no packet get no answer, and are counted`() {
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(1))
        #expect(self.bench.refusal(of: [0x12, 0x34, 0x01, 0x10])?.field == "QDCOUNT")
        #expect(self.bench.node.counters[.malformed, .ignored] == 1)
        #expect(self.bench.node.nextTransmission() == nil)
    }

    @Test mutating func `a query of this very host is answered`() {
        self.bench.set([.fileServer])
        self.bench.run(until: .seconds(1))
        #expect(self.bench.receive(.ask(.fileServer), from: .node, port: 40_000, wasBroadcast: true).count == 1)
    }
}

struct NameNodePaceTests {
    @Test func `5,000 names are claimed at 200 packets a second, 250 ms apart each, and the first are owned soon`()
        throws
    {
        var bench = Bench()
        let names = (0..<5_000).map { QualifiedName.numbered($0) }
        bench.set(names)
        #expect(bench.sent.count <= 10)
        bench.run(until: .seconds(2))
        #expect(bench.node.state(of: .numbered(0)) == .owned)
        #expect(bench.receive(.ask(.numbered(0)), wasBroadcast: true).count == 1, "answers do not wait")
        bench.sent.removeAll { if case .response = $0.transmission.packet { true } else { false } }
        bench.run(until: .seconds(101))
        #expect(bench.node.names.allSatisfy { $0.state == .owned })
        #expect(bench.sent.count == 20_000)
        let times = bench.sent.map(\.time)
        let spans = zip(times, times.dropFirst(210)).map { $1 - $0 }
        #expect(spans.allSatisfy { $0 >= .seconds(1) }, "never more than 210 in a second")
        var timelines: [QualifiedName: [(time: Duration, request: NameServiceRequest)]] = [:]
        for (time, transmission) in bench.sent {
            guard case .request(let request) = transmission.packet else { continue }
            timelines[request.name, default: []].append((time, request))
        }
        #expect(timelines.count == 5_000)
        let isKept = timelines.values.allSatisfy { timeline in
            timeline.count == 4 && Set(timeline.map { $0.request.transactionID }).count == 1
                && zip(timeline, timeline.dropFirst()).allSatisfy { $1.time - $0.time >= .milliseconds(250) }
        }
        #expect(isKept, "four packets under one id, 250 ms apart or more")
    }

    @Test func `a thousand names are owned within 16 seconds, announced within 21, and released within another 16`() {
        var bench = Bench()
        bench.set((0..<1_000).map { QualifiedName.numbered($0) })
        bench.run(until: .seconds(16))
        #expect(bench.node.names.allSatisfy { $0.state == .owned })
        bench.run(until: .seconds(21))
        #expect(bench.sent.count == 4_000)
        bench.sent = []
        bench.releaseAll()
        bench.run(until: .seconds(37))
        #expect(bench.node.isIdle)
        #expect(bench.sent.count == 3_000)
        let firstThousand = bench.sent[..<1_000].compactMap { sent -> QualifiedName? in
            if case .request(let request) = sent.transmission.packet { request.name } else { nil }
        }
        #expect(Set(firstThousand).count == 1_000, "each is released once before any is released twice")
    }

    @Test func `a clock jump allows no more than a short burst`() {
        var bench = Bench()
        bench.set((0..<1_000).map { QualifiedName.numbered($0) })
        let before = bench.sent.count
        bench.now = .seconds(3_600)
        var generator = SeededGenerator(seed: 3)
        bench.node.advance(to: bench.now, using: &generator)
        bench.drain()
        #expect(bench.sent.count - before <= 10)
    }

    @Test(arguments: [-1, 0, 1, 19, 1_000_000])
    func `the rate limit holds for slow and for absurd rates`(rate: Int) {
        var pace = TokenBucket(rate: rate)
        var count = 0
        for millisecond in 0..<1_000 {
            while pace.take(at: .milliseconds(millisecond)) { count += 1 }
        }
        #expect(count <= max(rate, 1) + 10)
        #expect(count >= min(max(rate, 1), 10_000) * 99 / 100)
    }
}

struct QueueTests {
    @Test func `the earliest deadline comes first`() {
        var generator = SeededGenerator(seed: 4)
        var timers = TimerQueue<Int>()
        for _ in 0..<1_000 {
            let number = Int.random(in: 0..<500, using: &generator)
            timers.set(number, at: .milliseconds(number))
        }
        var last = -1
        while let (_, number) = timers.first {
            #expect(number >= last)
            last = number
            timers.removeFirst()
        }
        #expect(timers.count == 0)
        timers.removeFirst()
    }

    @Test func `a queue is first in, first out`() {
        var queue = Queue<Int>()
        var out: [Int] = []
        for number in 0..<10_000 {
            queue.append(number)
            if number % 3 != 0, let number = queue.popFirst() { out.append(number) }
        }
        while let number = queue.popFirst() { out.append(number) }
        #expect(out == Array(0..<10_000))
        #expect(queue.isEmpty)
    }
}
