import Testing

@testable import NetBIOS

/// Model of name servers that grant, refuse and forget names.
private struct ModelServer {
    var names: [QualifiedName: [IPv4Address]] = [:]
    var timeToLive: UInt32 = 800
    var isDead = false
    var habit = Habit.useful
    var seen: [(time: Duration, request: NameServiceRequest)] = []

    /// The behaviour of a server.
    enum Habit {
        case useful, waits, challengesUs, redirects, cannotLookUp, cannotRegister

        /// The only response of a useless server; `nil` if it behaves correctly.
        func answer(to operation: NameServiceRequest.Operation) -> NameServiceResponse.Answer? {
            switch self {
            case .useful: nil
            case .waits: .wait(seconds: 0, requestWord: 0x7900)
            case .challengesUs: operation.entry.map { .challenge($0, timeToLive: 0) }
            case .redirects: .redirect(nameServer: .none, address: .third, timeToLive: 0)
            case .cannotRegister: operation.entry.map { .registrationRefused(.serverFailure, $0, timeToLive: 0) }
            case .cannotLookUp: operation.entry == nil ? .queryRefused(.serverFailure) : nil
            }
        }
    }

    /// Returns the server's response; `nil` for none.
    mutating func answer(_ request: NameServiceRequest, at now: Duration) -> NameServiceResponse? {
        guard !self.isDead else { return nil }
        self.seen.append((now, request))
        if let answer = self.habit.answer(to: request.operation) { return NameServiceResponse(to: request, answer) }
        let known = self.names[request.name] ?? []
        switch request.operation {
        case .query:
            guard !known.isEmpty else { return NameServiceResponse(to: request, .queryRefused(.nameUnknown)) }
            return NameServiceResponse(to: request, .addresses(known.map { AddressEntry($0) }, timeToLive: 9))
        case .registration(let entry, _) where !entry.isGroup && !known.isEmpty && known != [entry.address]:
            return NameServiceResponse(to: request, .registrationRefused(.active, entry, timeToLive: 0))
        case .registration(let entry, _), .overwrite(let entry, _), .refresh(let entry, _):
            self.names[request.name] = [entry.address]
            return NameServiceResponse(to: request, .registered(entry, timeToLive: self.timeToLive))
        case .multihomedRegistration(let entry, _):
            if !known.contains(entry.address) { self.names[request.name, default: []].append(entry.address) }
            return NameServiceResponse(to: request, .registered(entry, timeToLive: self.timeToLive))
        case .release(let entry):
            self.names[request.name]?.removeAll { $0 == entry.address }
            return NameServiceResponse(to: request, .released(entry, timeToLive: 0))
        case .nodeStatus:
            return nil
        }
    }
}

/// A node, a clock and its name servers.
private struct Bench {
    var node: NameNode
    var now: Duration = .zero
    var servers: [IPv4Address: ModelServer] = [.first: ModelServer(), .second: ModelServer()]
    var broadcasts: [(time: Duration, request: NameServiceRequest)] = []
    var others: [NameTransmission] = []
    var sources: Set<IPv4Address?> = []
    var events: [NameEvent] = []
    private var generator = SeededGenerator(seed: 1512)

    init(_ nodeType: NodeType, servers: [IPv4Address] = [.first, .second]) {
        self.node = NameNode(Self.configuration(nodeType, servers))
    }

    static func configuration(_ nodeType: NodeType, _ servers: [IPv4Address]) -> NameNode.Configuration {
        let network = IPv4Network(containing: .node, prefixLength: 24)
        var configuration = NameNode.Configuration(address: .node, network: network ?? .documentation)
        configuration.nodeType = nodeType
        configuration.nameServers = servers
        return configuration
    }

    mutating func set(_ names: [AdvertisedName]) {
        self.node.setNames(names, now: self.now, using: &self.generator)
        self.drain()
    }

    mutating func set(_ names: [QualifiedName]) { self.set(names.map { AdvertisedName($0) }) }

    mutating func update(
        _ nodeType: NodeType,
        _ servers: [IPv4Address] = [.first, .second],
        claimRate: Int = 200
    ) {
        var configuration = Self.configuration(nodeType, servers)
        configuration.claimRate = claimRate
        self.node.update(configuration, now: self.now, using: &self.generator)
        self.drain()
    }

    mutating func run(for time: Duration) {
        let end = self.now + time
        while let deadline = self.node.nextDeadline, deadline <= end {
            self.now = max(self.now, deadline)
            self.node.advance(to: self.now, using: &self.generator)
            self.drain()
        }
        self.now = end
    }

    mutating func receive(_ packet: NameServicePacket, from host: IPv4Address, wasBroadcast: Bool = false) {
        let source = NameServiceEndpoint(host)
        self.node.received(packet, from: source, wasBroadcast: wasBroadcast, now: self.now, using: &self.generator)
        self.drain()
    }

    mutating func drain() {
        while let transmission = self.node.nextTransmission() {
            guard case .request(let request) = transmission.packet, let answer = self.route(request, transmission)
            else { continue }
            self.receive(.response(answer), from: transmission.destination.address)
        }
        while let event = self.node.nextEvent() { self.events.append(event) }
    }

    private mutating func route(
        _ request: NameServiceRequest,
        _ transmission: NameTransmission
    ) -> NameServiceResponse? {
        let destination = transmission.destination.address
        if destination == .broadcast {
            self.broadcasts.append((self.now, request))
        } else if self.servers[destination] != nil {
            self.sources.insert(transmission.source)
            return self.servers[destination]?.answer(request, at: self.now)
        } else {
            self.others.append(transmission)
        }
        return nil
    }

    /// The addresses that a server has for a name.
    func addresses(of name: QualifiedName = .fileServer, at server: IPv4Address = .first) -> [IPv4Address] {
        self.servers[server]?.names[name] ?? []
    }

    /// Returns the requests to a server, except queries.
    func changes(at server: IPv4Address = .first) -> [NameServiceRequest.Operation] {
        (self.servers[server]?.seen ?? []).map(\.request.operation).filter { operation in
            if case .query = operation { false } else { true }
        }
    }
}

struct NameNodeWinsTests {
    // MARK: Node types

    @Test(arguments: [NodeType.point, .hybrid])
    func `P and H nodes own a name once the name server has it, and broadcast nothing`(nodeType: NodeType) {
        var bench = Bench(nodeType)
        bench.set([AdvertisedName(.fileServer), AdvertisedName(.workgroup, isGroup: true)])
        bench.run(for: .seconds(60))
        #expect(bench.node.state(of: .fileServer) == .owned)
        #expect(bench.addresses() == [.node])
        #expect(bench.broadcasts.isEmpty)
        let entry = AddressEntry(.node, nodeType: nodeType)
        let group = AddressEntry(.node, isGroup: true, nodeType: nodeType)
        #expect(
            bench.changes() == [
                .registration(group, timeToLive: 259_200), .multihomedRegistration(entry, timeToLive: 259_200),
            ]
        )
        let status = bench.node.names[0]
        #expect(status.registrar == .nameServer(.first) && status.grantedTimeToLive == 800)
        #expect(status.nextRefresh != nil)
        bench.set([QualifiedName]())
        bench.run(for: .seconds(1))
        #expect(bench.addresses().isEmpty && bench.node.isIdle && bench.broadcasts.isEmpty)
        #expect(bench.events.contains(.released(.fileServer)))
    }

    @Test func `an M node claims by broadcast, then registers, and owns the name then`() {
        var bench = Bench(.mixed)
        bench.set([.fileServer])
        bench.run(for: .milliseconds(749))
        #expect(bench.servers[.first]?.seen.isEmpty == true)
        #expect(bench.broadcasts.count == 3)
        bench.run(for: .milliseconds(10))
        #expect(bench.node.state(of: .fileServer) == .owned && bench.addresses() == [.node])
        #expect(bench.broadcasts.count == 4, "the overwrite demand")
        #expect(bench.node.names.first?.registrar == .nameServer(.first))
        bench.set([QualifiedName]())
        bench.run(for: .seconds(1))
        #expect(bench.broadcasts.count == 7 && bench.addresses().isEmpty && bench.node.isIdle)
    }

    @Test func `a P node is deaf to broadcasts, and answers when it is asked itself`() {
        var bench = Bench(.point)
        bench.set([.fileServer])
        bench.run(for: .seconds(1))
        let query = NameServiceRequest(
            transactionID: 1,
            name: .fileServer,
            isBroadcast: true,
            operation: .query(recursionDesired: true)
        )
        bench.receive(.request(query), from: .client, wasBroadcast: true)
        #expect(bench.node.counters[.query, .ignored] == 1 && bench.node.counters[.query, .answered] == 0)
        bench.receive(.request(query), from: .client)
        #expect(bench.node.counters[.query, .answered] == 1)
    }

    @Test func `without a server that answers, H claims by broadcast, M goes on alone, and P waits`() {
        for nodeType in [NodeType.hybrid, .mixed, .point] {
            var bench = Bench(nodeType)
            bench.servers = [.first: ModelServer(isDead: true), .second: ModelServer(isDead: true)]
            bench.set([.fileServer])
            bench.run(for: .seconds(12))
            let isOwned = bench.node.state(of: .fileServer) == .owned
            #expect(isOwned == (nodeType != .point))
            #expect(bench.broadcasts.count == (nodeType == .point ? 0 : 4))
            #expect(bench.events.contains(.nameServerUsed(nil)))
            bench.servers[.second]?.isDead = false
            bench.run(for: .seconds(60))
            #expect(bench.node.state(of: .fileServer) == .owned)
            #expect(bench.addresses(at: .second) == [.node])
            #expect(bench.broadcasts.count == (nodeType == .point ? 0 : 4), "not claimed a second time")
        }
    }

    // MARK: Servers that go and come

    @Test func `a server that dies is noticed within ten seconds, and its names move; when it is back, they move back`()
    {
        var bench = Bench(.hybrid)
        bench.set((0..<20).map { .numbered($0) })
        bench.run(for: .seconds(60))
        bench.servers[.first]?.isDead = true
        bench.run(for: .seconds(10))
        for number in 0..<20 { #expect(bench.addresses(of: .numbered(number), at: .second) == [.node]) }
        #expect(bench.node.names.allSatisfy { $0.state == .owned && $0.registrar == .nameServer(.second) })
        bench.servers[.first] = ModelServer()
        bench.run(for: .seconds(25))
        for number in 0..<20 { #expect(bench.addresses(of: .numbered(number), at: .first) == [.node]) }
        #expect(bench.node.names.allSatisfy { $0.registrar == .nameServer(.first) })
        let used = bench.events.filter { if case .nameServerUsed = $0 { true } else { false } }
        #expect(used == [.nameServerUsed(.second), .nameServerUsed(.first)])
        bench.set([QualifiedName]())
        bench.run(for: .seconds(5))
        #expect(bench.addresses(of: .numbered(7), at: .second).isEmpty, "released where they were left, too")
    }

    @Test func `a dead server is left alone but for a few questions`() {
        var bench = Bench(.hybrid)
        bench.servers[.first]?.isDead = true
        bench.set([.fileServer])
        bench.run(for: .seconds(3600))
        let before = bench.node.counters[.query, .sent]
        bench.run(for: .seconds(3600))
        // One every five seconds for the current server, and three every five minutes for the other.
        #expect(bench.node.counters[.query, .sent] - before < 720 + 40)
        #expect(bench.addresses(at: .second) == [.node])
    }

    @Test(arguments: [ModelServer.Habit.waits, .challengesUs, .redirects, .cannotLookUp, .cannotRegister])
    fileprivate func
        `a server whose answers settle nothing is as good as dead, and gets no more packets than a dead one`(
            habit: ModelServer.Habit
        )
    {
        for nodeType in [NodeType.point, .hybrid] {
            var bench = Bench(nodeType)
            bench.servers[.first]?.habit = habit
            bench.set((0..<20).map { .numbered($0) })
            bench.run(for: .seconds(10))
            for number in 0..<20 { #expect(bench.addresses(of: .numbered(number), at: .second) == [.node]) }
            #expect(bench.node.names.allSatisfy { $0.registrar == .nameServer(.second) })
            #expect(bench.broadcasts.isEmpty)
            #expect((1...60).contains(bench.servers[.first]?.seen.count ?? 0))
        }
        var bench = Bench(.hybrid, servers: [.first])
        bench.servers[.first]?.habit = habit
        bench.set([.fileServer])
        bench.run(for: .seconds(10))
        #expect(bench.node.state(of: .fileServer) == .owned && bench.broadcasts.count == 4, "claimed by broadcast")
    }

    @Test func `a server that has lost the names gets all of them at once, within the rate limit`() {
        var bench = Bench(.hybrid)
        let names = (0..<200).map { QualifiedName.numbered($0) }
        bench.set(names)
        bench.run(for: .seconds(10))
        bench.servers[.first] = ModelServer()
        bench.run(for: .seconds(10))
        #expect(names.allSatisfy { bench.addresses(of: $0) == [.node] })
        #expect(bench.node.names.allSatisfy { $0.state == .owned })
        #expect(!bench.events.contains(.nameServerSilent(.first)))
    }

    @Test func `a server that cannot look names up has not lost them: nothing is registered there again`() {
        var bench = Bench(.hybrid, servers: [.first])
        bench.set((0..<20).map { .numbered($0) })
        bench.run(for: .seconds(3))
        bench.servers[.first]?.habit = .cannotLookUp
        bench.run(for: .seconds(60))
        #expect(bench.changes().count == 20)
        #expect(bench.node.names.allSatisfy { $0.state == .owned } && bench.broadcasts.isEmpty)
        #expect(bench.events.last == .nameServerUsed(nil))
    }

    @Test
    func
        `a preferred server that answers but registers nothing is tried ever more seldom, and the other one is left alone`()
    {
        var bench = Bench(.hybrid)
        bench.servers[.first]?.habit = .cannotRegister
        // Long enough that no refresh is due meanwhile.
        bench.servers[.second]?.timeToLive = 259_200
        bench.set((0..<300).map { .numbered($0) })
        bench.run(for: .seconds(600))
        #expect(bench.changes(at: .second).count == 300)
        // After 15, 30, 60, 120 and 240 seconds, with a burst of queries each time.
        #expect(bench.changes().count <= 6)
        #expect(bench.node.names.allSatisfy { $0.state == .owned && $0.registrar == .nameServer(.second) })
    }

    @Test func `a name that the server has for another host is asked for again, and the others are left alone`() {
        var bench = Bench(.hybrid)
        bench.set((0..<20).map { .numbered($0) })
        bench.run(for: .seconds(3))
        bench.servers[.first]?.names[.numbered(3)] = [.stranger]
        bench.run(for: .seconds(120))
        #expect(bench.node.state(of: .numbered(3)) == .conflict(holder: .stranger))
        let others = bench.servers[.first]?.seen.filter {
            $0.request.name != .numbered(3) && $0.request.operation.entry != nil
        }
        #expect(others?.count == 19)
    }

    @Test func `a name that is busy when its turn to be checked comes is checked later`() {
        var bench = Bench(.hybrid)
        bench.set([.fileServer])
        bench.run(for: .milliseconds(4_900))
        bench.servers[.first]?.isDead = true
        let demand = NameServiceResponse.Answer.registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0)
        bench.receive(
            .response(NameServiceResponse(transactionID: 99, name: .fileServer, answer: demand)),
            from: .first
        )
        bench.run(for: .milliseconds(200))
        bench.servers[.first]?.isDead = false
        bench.run(for: .seconds(5))
        #expect(bench.addresses() == [.node] && !bench.events.contains(.nameServerSilent(.first)))
        bench.servers[.first]?.names = [:]
        bench.run(for: .seconds(10))
        #expect(bench.addresses() == [.node], "noticed, and registered again")
    }

    @Test func `a lost answer does not make a server that answers others dead`() {
        var bench = Bench(.hybrid)
        bench.set([.fileServer])
        bench.run(for: .seconds(1))
        let id = bench.servers[.first]?.seen.last?.request.transactionID ?? 0
        let late = NameServiceResponse(transactionID: id, name: .fileServer, answer: .queryRefused(.nameUnknown))
        bench.receive(.response(late), from: .first)
        #expect(bench.node.state(of: .fileServer) == .owned, "an old answer means nothing")
    }

    @Test func `a node without names waits for nothing while its servers rest, and asks them again when it has one`() {
        var bench = Bench(.hybrid)
        bench.servers = [.first: ModelServer(isDead: true), .second: ModelServer(isDead: true)]
        bench.set([.fileServer])
        bench.run(for: .seconds(12))
        bench.node.forget(.fileServer)
        bench.run(for: .seconds(60))
        #expect(bench.node.nextDeadline == nil)
        bench.servers = [.first: ModelServer()]
        bench.set([.other])
        bench.run(for: .seconds(1))
        #expect(bench.addresses(of: .other) == [.node])
    }

    // MARK: Conflicts

    @Test func `a name that another host has is in conflict, retried, and owned when it is free`() {
        for nodeType in [NodeType.point, .hybrid, .mixed] {
            var bench = Bench(nodeType)
            bench.servers[.first]?.names[.fileServer] = [.stranger]
            bench.set([.fileServer])
            bench.run(for: .seconds(5))
            #expect(bench.node.state(of: .fileServer) == .conflict(holder: .stranger))
            #expect(bench.events == [.conflict(.fileServer, holder: .stranger)])
            #expect(bench.addresses() == [.stranger], "the holder's registration is as it was")
            #expect(bench.changes().allSatisfy { if case .registration = $0 { true } else { false } })
            bench.servers[.first]?.names = [:]
            bench.run(for: .seconds(60))
            #expect(bench.node.state(of: .fileServer) == .owned)
            #expect(bench.addresses() == [.node])
        }
    }

    @Test func `a name that the server gives to another host is lost`() {
        var bench = Bench(.hybrid)
        bench.set([.fileServer])
        bench.run(for: .seconds(1))
        bench.servers[.first]?.names[.fileServer] = [.stranger]
        bench.run(for: .seconds(10))
        #expect(bench.events.last == .lost(.fileServer, holder: .stranger))
    }

    @Test func `a conflict demand of the server makes the node ask it at once, and is not believed by itself`() {
        var bench = Bench(.hybrid)
        bench.set([.fileServer])
        bench.run(for: .seconds(1))
        let questions = bench.servers[.first]?.seen.count ?? 0
        let demand = NameServiceResponse(
            transactionID: 99,
            name: .fileServer,
            answer: .registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0)
        )
        bench.receive(.response(demand), from: .first)
        bench.run(for: .seconds(1))
        #expect(bench.servers[.first]?.seen.count == questions + 1)
        #expect(bench.node.state(of: .fileServer) == .owned)
    }

    @Test func `a name that is lost in the broadcast area is taken back at the server`() throws {
        var bench = Bench(.mixed)
        bench.set([.fileServer])
        bench.run(for: .seconds(2))
        let demand = NameServiceResponse(
            transactionID: 99,
            name: .fileServer,
            answer: .registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0)
        )
        bench.receive(.response(demand), from: .rival)
        guard case .request(let query) = try #require(bench.others.last).packet else { return }
        let entry = AddressEntry(.rival)
        bench.receive(.response(NameServiceResponse(to: query, .addresses([entry], timeToLive: 9))), from: .rival)
        bench.run(for: .seconds(1))
        #expect(bench.node.state(of: .fileServer) == .conflict(holder: .rival))
        #expect(bench.addresses().isEmpty)
    }

    @Test func `a name server of another network can object to a claim in progress`() throws {
        var bench = Bench(.mixed)
        bench.set([.fileServer])
        let claim = try #require(bench.broadcasts.first).request
        let objection = NameServiceResponse.Answer.registrationRefused(.active, AddressEntry(.rival), timeToLive: 0)
        bench.receive(.response(NameServiceResponse(to: claim, objection)), from: .third)
        #expect(bench.node.state(of: .fileServer) == .claiming)
        bench.receive(.response(NameServiceResponse(to: claim, objection)), from: .second)
        #expect(bench.node.state(of: .fileServer) == .conflict(holder: .second))
    }

    @Test func `an unsolicited response changes nothing`() {
        var bench = Bench(.point)
        bench.servers = [.first: ModelServer(isDead: true)]
        bench.set([.fileServer])
        let granted = NameServiceResponse.Answer.registered(AddressEntry(.node), timeToLive: 9)
        for id in UInt16.min...UInt16.max {
            let response = NameServiceResponse(transactionID: id, name: .fileServer, answer: granted)
            bench.receive(.response(response), from: .rival)
        }
        #expect(bench.node.state(of: .fileServer) == .claiming)
    }

    // MARK: Addresses

    @Test func `a name with an address of its own is registered with it and from it`() {
        var bench = Bench(.hybrid)
        bench.set([AdvertisedName(.fileServer, address: .client)])
        bench.run(for: .seconds(10))
        #expect(bench.addresses() == [.client])
        #expect(bench.sources == [.client])
        bench.set([AdvertisedName(.fileServer)])
        bench.run(for: .seconds(10))
        #expect(bench.addresses() == [.node], "the old one is released first")
        #expect(bench.node.state(of: .fileServer) == .owned)
    }

    @Test func `a name whose address is gone is dropped without a release`() {
        var bench = Bench(.hybrid)
        bench.set([AdvertisedName(.fileServer, address: .client)])
        bench.run(for: .seconds(1))
        bench.node.forget(.fileServer)
        bench.run(for: .seconds(600))
        #expect(bench.addresses() == [.client])
        #expect(bench.changes().count == 1)
        #expect(bench.node.nextDeadline == nil)
    }

    @Test func `two nodes of one host share a name at the server`() {
        var bench = Bench(.hybrid)
        bench.servers[.first]?.names[.fileServer] = [.client]
        bench.node.ownAddresses = [.client]
        bench.set([.fileServer])
        bench.run(for: .seconds(20))
        #expect(bench.addresses() == [.client, .node])
        #expect(bench.node.state(of: .fileServer) == .owned)
    }

    // MARK: Reloads

    @Test func `a name that comes back while it is being released is registered anew`() {
        var bench = Bench(.hybrid)
        bench.set([.fileServer])
        bench.run(for: .seconds(1))
        bench.servers[.first]?.isDead = true
        bench.set([QualifiedName]())
        bench.run(for: .seconds(1))
        bench.servers[.first]?.isDead = false
        bench.set([.fileServer])
        bench.run(for: .seconds(10))
        #expect(bench.addresses() == [.node])
        #expect(bench.node.state(of: .fileServer) == .owned)
    }

    @Test func `every change of the node type ends with the name owned, where the new type has it registered`() {
        for before in NodeType.allCases {
            for after in NodeType.allCases where after != before {
                var bench = Bench(before)
                bench.set([.fileServer])
                bench.run(for: .seconds(2))
                #expect(bench.node.state(of: .fileServer) == .owned)
                bench.update(after)
                bench.run(for: .seconds(5))
                #expect(bench.node.state(of: .fileServer) == .owned, "\(before) to \(after)")
                #expect(bench.addresses() == (after == .broadcast ? [] : [.node]), "\(before) to \(after)")
                bench.broadcasts = []
                bench.set([QualifiedName]())
                bench.run(for: .seconds(5))
                #expect(bench.node.isIdle && bench.addresses().isEmpty, "\(before) to \(after)")
                let mustRelease = after == .broadcast || after == .mixed
                #expect(!mustRelease || bench.broadcasts.count == 3, "\(before) to \(after)")
                #expect(after != .point || bench.broadcasts.isEmpty, "\(before) to \(after)")
            }
        }
    }

    @Test func `a reload without changes sends nothing, and one that changes the servers registers there`() {
        var bench = Bench(.hybrid, servers: [.first])
        bench.set([.fileServer])
        bench.run(for: .seconds(1))
        bench.update(.hybrid, [.first])
        bench.update(.hybrid, [.first, .second])
        bench.set([.fileServer])
        #expect(bench.changes().count == 1 && bench.servers[.second]?.seen.isEmpty == true)
        bench.update(.hybrid, [.second])
        bench.run(for: .seconds(1))
        #expect(bench.addresses(at: .second) == [.node])
    }

    @Test func `another rate makes nothing due before the clock starts`() {
        var bench = Bench(.hybrid)
        bench.set([.fileServer])
        bench.run(for: .seconds(1))
        bench.update(.hybrid, claimRate: 100)
        let demand = NameServiceResponse.Answer.registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0)
        bench.receive(
            .response(NameServiceResponse(transactionID: 99, name: .fileServer, answer: demand)),
            from: .first
        )
        #expect(bench.node.nextDeadline == .zero, "the server is asked at once")
    }

    // MARK: Many names

    @Test func `5,000 names are registered within the rate limit, and refreshed without a burst`() {
        var bench = Bench(.point)
        bench.servers[.first]?.timeToLive = 3600
        let names = (0..<5_000).map { QualifiedName.numbered($0) }
        bench.set(names)
        bench.run(for: .seconds(52))
        #expect(bench.node.names.allSatisfy { $0.state == .owned })
        bench.servers[.first]?.seen = []
        bench.run(for: .seconds(1_900))
        let refreshes = (bench.servers[.first]?.seen ?? []).filter {
            if case .refresh = $0.request.operation { true } else { false }
        }
        #expect(Set(refreshes.map(\.request.name)).count == 5_000)
        let times = refreshes.map(\.time)
        let fastest = zip(times, times.dropFirst(100)).map { $1 - $0 }.min() ?? .zero
        #expect(fastest > .seconds(2), "spread over minutes: never 50 a second")
        #expect(times.last.map { $0 < .seconds(1_800 + 60) } == true, "before half of the hour")
    }
}
