import Testing

@testable import NetBIOS

/// Rule: no call works on more than ``NameNode/workLimit`` names, and a change touches only the names that it is about.
struct NameNodeWorkTests {
    private var network = HostileNetwork(.broadcast, seed: 20)
    private static let list = NameList(
        (0..<1_000).map { number in
            AdvertisedName(.numbered(number), address: number % 10 == 0 ? IPv4Address(192, 0, 2, 50) : nil)
        }
    )
    private static let names = (0..<1_000).map { AdvertisedName(.numbered($0)) }

    private mutating func set(_ list: NameList, at addresses: Set<IPv4Address>? = nil) {
        self.network.node.setNames(list, at: addresses, now: self.network.now, using: &self.network.generator)
    }

    /// Calls ``NameNode/advance(to:using:)`` until nothing is overdue, and returns the names that each call visited.
    private mutating func visits() -> [Int] {
        var visits: [Int] = []
        while let deadline = self.network.node.nextDeadline, deadline <= self.network.now {
            let before = self.network.node.visitCount
            self.network.node.advance(to: self.network.now, using: &self.network.generator)
            visits.append(self.network.node.visitCount - before)
        }
        return visits
    }

    @Test mutating func `a start, a reload and a stop are done in parts`() {
        self.set(NameList(Self.names))
        #expect(self.network.node.visitCount <= NameNode.workLimit, "the call itself does the first part")
        #expect(self.visits().allSatisfy { $0 <= NameNode.workLimit })
        #expect(self.network.node.nameCount == 1_000)
        self.network.now = .seconds(1)
        self.set(NameList(Array(Self.names.dropFirst(500))))
        let reload = self.visits()
        #expect(reload.count > 1_000 / NameNode.workLimit && reload.allSatisfy { $0 <= NameNode.workLimit })
        #expect(self.network.node.names.filter { $0.state == .claiming }.count == 500)
        self.network.node.releaseAll(now: self.network.now, using: &self.network.generator)
        #expect(!self.network.node.isIdle)
        #expect(self.visits().allSatisfy { $0 <= NameNode.workLimit })
        self.network.run(until: .seconds(60))
        #expect(self.network.node.isIdle)
    }

    @Test mutating func `the same list again touches nothing`() {
        self.set(Self.list, at: [])
        _ = self.visits()
        let before = self.network.node.visitCount
        self.set(Self.list, at: [])
        self.set(Self.list, at: [IPv4Address(192, 0, 2, 51)])
        #expect(self.network.node.visitCount == before && self.network.node.walks.isEmpty)
    }

    @Test mutating func `an address that comes or goes touches the names that are advertised with it`() {
        self.set(Self.list, at: [])
        _ = self.visits()
        #expect(self.network.node.nameCount == 900)
        for isThere in [true, false, true] {
            let before = self.network.node.visitCount
            self.set(Self.list, at: isThere ? [IPv4Address(192, 0, 2, 50)] : [])
            #expect(self.visits().allSatisfy { $0 <= NameNode.workLimit })
            #expect(self.network.node.visitCount - before == 100)
            #expect(self.network.node.nameCount == (isThere ? 1_000 : 900))
        }
    }

    @Test mutating func `a list that is replaced before it was taken leaves no name behind`() {
        let lists = [Array(Self.names[..<600]), Array(Self.names[300...]), Array(Self.names[..<100])].map(NameList.init)
        for list in lists { self.set(list) }
        self.network.run(until: .seconds(60))
        #expect(Set(self.network.node.names.map(\.advertised)) == Set(lists[2].names))
        #expect(self.network.node.names.allSatisfy { $0.state == .owned })
    }

    @Test mutating func `another name server is told in parts, and one that has forgotten all names, too`() {
        self.network = HostileNetwork(.point, seed: 21)
        self.network.set(0..<1_000)
        self.network.run(until: .seconds(20))
        #expect(self.network.node.names.allSatisfy { $0.registrar == .nameServer(HostileNetwork.nameServer) })
        var configuration = self.network.node.configuration
        configuration.nameServers = [HostileNetwork.secondNameServer]
        let before = self.network.node.visitCount
        self.network.node.update(configuration, now: self.network.now, using: &self.network.generator)
        #expect(self.network.node.visitCount - before <= NameNode.workLimit)
        #expect(self.visits().allSatisfy { $0 <= NameNode.workLimit })
        self.network.run(until: .seconds(40))
        #expect(self.network.node.names.allSatisfy { $0.registrar == .nameServer(HostileNetwork.secondNameServer) })
        self.network.server.other = { request in
            if case .query = request.operation { .queryRefused(.nameUnknown) } else { nil }
        }
        let unforgotten = self.network.node.visitCount
        self.network.run(until: .seconds(46))
        #expect(self.network.node.visitCount - unforgotten >= 1_000, "renewed")
        #expect(self.network.node.names.allSatisfy { $0.state == .owned })
    }

    @Test mutating func `deadlines that pass together, as after a suspend, are looked at in parts`() {
        self.network.set(0..<1_000)
        self.network.run(until: .seconds(30))
        self.network.node.releaseAll(now: self.network.now, using: &self.network.generator)
        _ = self.visits()
        self.network.now = .seconds(90)
        let before = self.network.node.timers.count
        self.network.node.advance(to: self.network.now, using: &self.network.generator)
        #expect(before - self.network.node.timers.count <= NameNode.workLimit)
    }

    @Test func `every lane has its share of the turns, in order, and lanes that are empty give theirs away`() {
        var lanes = ClaimLanes()
        for number in 0..<1_000 {
            for lane in ClaimLanes.Lane.allCases where lane != .fresh || number == 0 {
                lanes.append(
                    ClaimLanes.Place(name: .numbered(number), audience: .everybody, lane: lane, ticket: number)
                )
            }
        }
        var counts: [ClaimLanes.Lane: Int] = [:]
        for _ in 0..<ClaimLanes.roundLength * 10 {
            guard let place = lanes.popFirst() else { break }
            #expect(place.ticket == counts[place.lane] ?? 0)
            counts[place.lane, default: 0] += 1
        }
        #expect(counts[.fresh] == 1)
        for lane in ClaimLanes.Lane.allCases where lane != .fresh {
            #expect(counts[lane] ?? 0 >= lane.share * 10)
        }
        #expect(counts.values.reduce(0, +) == ClaimLanes.roundLength * 10)
    }
}
