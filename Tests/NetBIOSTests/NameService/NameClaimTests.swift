import Testing

@testable import NetBIOS

struct NameClaimTests {
    private let timing = ClaimTiming()
    private var generator = SeededGenerator(seed: 1001)
    private var nodeType = NodeType.broadcast
    private var claim: NameClaim

    init() {
        self.claim = NameClaim(AdvertisedName(.fileServer))
        _ = self.claim.begin(as: .broadcast, transactionID: 0x1001)
    }

    private mutating func timeOut(_ milliseconds: Int) -> NameClaim.Action {
        self.claim.timeOut(
            at: .milliseconds(milliseconds),
            as: self.nodeType,
            timing: self.timing,
            using: &self.generator
        )
    }

    private mutating func send(_ milliseconds: Int) -> NameClaim.Message? {
        self.claim.send(at: .milliseconds(milliseconds), timing: self.timing)
    }

    private mutating func object(_ id: UInt16, _ milliseconds: Int) -> NameClaim.Action {
        self.claim.objected(
            by: .rival,
            transactionID: id,
            at: .milliseconds(milliseconds),
            timing: self.timing,
            using: &self.generator
        )
    }

    private mutating func answer(
        _ id: UInt16,
        isHolder: Bool,
        by host: IPv4Address = .rival,
        _ milliseconds: Int
    ) -> NameClaim.Action {
        self.claim.answered(
            by: host,
            transactionID: id,
            isHolder: isHolder,
            at: .milliseconds(milliseconds),
            timing: self.timing,
            using: &self.generator
        )
    }

    /// Advances the claim to ownership, at 750 ms.
    private mutating func own() {
        for time in [0, 250, 500] {
            _ = self.send(time)
            _ = self.timeOut(time + 250)
        }
        _ = self.send(750)
    }

    /// Advances an owned claim to the query of the rival; returns the query's id.
    private mutating func verify(_ milliseconds: Int) -> UInt16? {
        guard case .ask(.rival, let id) = self.object(0x1001, milliseconds) else { return nil }
        return id
    }

    @Test mutating func `three registrations under one id, a last wait, ownership, one overwrite demand`() {
        for time in [0, 250, 500] {
            #expect(self.send(time) == .registration(transactionID: 0x1001))
            #expect(self.claim.deadline == .milliseconds(time + 250))
            #expect(!self.claim.isOwned)
            #expect(self.timeOut(time + 250) == (time == 500 ? .own(isBroadcast: true) : .broadcast))
        }
        #expect(self.claim.isOwned)
        #expect(self.send(750) == .overwrite(transactionID: 0x1001))
        #expect(self.send(750) == nil)
        #expect(self.claim.deadline == nil)
    }

    @Test mutating func `a claim that has to wait for its turn counts its 250 ms from when it was sent`() {
        _ = self.send(0)
        _ = self.timeOut(250)
        #expect(self.claim.deadline == nil)
        _ = self.send(900)
        #expect(self.claim.deadline == .milliseconds(1150))
    }

    @Test mutating func `an objection with the id of the claim in progress ends it`() {
        _ = self.send(0)
        #expect(self.object(0x1001, 10) == .conflict(holder: .rival, wasOwned: false, isNews: true))
        #expect(self.claim.state == .conflict(holder: .rival))
        #expect(self.send(20) == nil)
    }

    @Test mutating func `an objection with another id, or before anything was sent, changes nothing`() {
        #expect(self.object(0x1001, 0) == .none)
        _ = self.send(0)
        #expect(self.object(0x1002, 10) == .none)
        #expect(self.claim.state == .claiming)
    }

    @Test mutating func `a lost name is tried again, later each time, and without being news`() throws {
        var now = 0
        var pauses: [Int] = []
        for attempt in 0..<8 {
            guard case .claiming(let id, sent: 0) = self.claim.phase else { Issue.record("not claiming"); return }
            _ = self.send(now)
            let isNews = attempt == 0
            #expect(self.object(id, now) == .conflict(holder: .rival, wasOwned: false, isNews: isNews))
            let deadline = try #require(self.claim.deadline)
            let pause = Int(deadline / .milliseconds(1)) - now
            pauses.append(pause)
            now += pause
            #expect(self.timeOut(now) == .broadcast)
            #expect(self.claim.state == .conflict(holder: .rival), "still the rival's until it is ours")
        }
        for (pause, base) in zip(pauses, [30, 60, 120, 240, 480, 600, 600, 600]) {
            #expect((base * 1000...base * 1250).contains(pause))
        }
    }

    @Test mutating func `a name that becomes free is owned, and losing it again is news`() {
        _ = self.send(0)
        _ = self.object(0x1001, 0)
        #expect(self.timeOut(40_000) == .broadcast)
        self.own()
        #expect(self.claim.state == .owned)
        guard let id = self.verify(50_000) else { Issue.record("not asked"); return }
        #expect(self.answer(id, isHolder: true, 50_001) == .conflict(holder: .rival, wasOwned: true, isNews: true))
    }

    @Test mutating func `an objection to an owned name causes a query, and the name stays owned meanwhile`() {
        self.own()
        guard let id = self.verify(1000) else { Issue.record("not asked"); return }
        #expect(self.claim.isOwned)
        #expect(self.object(0x1001, 1001) == .none, "one question at a time")
        #expect(self.answer(id, isHolder: true, 1002) == .conflict(holder: .rival, wasOwned: true, isNews: true))
        #expect(!self.claim.isOwned)
    }

    @Test mutating func `a host that denies holding the name, or does not answer, changes nothing`() {
        self.own()
        guard let id = self.verify(1000) else { Issue.record("not asked"); return }
        #expect(self.answer(id, isHolder: false, 1001) == .none)
        #expect(self.claim.state == .owned)
        #expect(self.claim.deadline == nil)
        guard let second = self.verify(2000) else { Issue.record("not asked"); return }
        #expect(self.timeOut(7000) == .ask(holder: .rival, transactionID: second))
        #expect(self.timeOut(12_000) == .ask(holder: .rival, transactionID: second))
        #expect(self.timeOut(17_000) == .none)
        #expect(self.claim.state == .owned)
        #expect(self.claim.deadline == nil)
    }

    @Test mutating func `an answer that was not asked for changes nothing`() {
        self.own()
        #expect(self.answer(0x1001, isHolder: true, 900) == .none)
        guard let id = self.verify(1000) else { Issue.record("not asked"); return }
        #expect(self.answer(id &+ 1, isHolder: true, 1001) == .none)
        #expect(self.answer(id, isHolder: true, by: .client, 1001) == .none)
        #expect(self.claim.isOwned)
    }

    @Test mutating func `three releases under one id, and the name is gone with the last`() {
        self.own()
        #expect(self.claim.release(transactionID: 7) == .broadcast)
        #expect(!self.claim.isOwned)
        #expect(self.send(1000) == .release(transactionID: 7, isLast: false))
        #expect(self.claim.deadline == .milliseconds(1250))
        #expect(self.timeOut(1250) == .broadcast)
        #expect(self.send(1250) == .release(transactionID: 7, isLast: false))
        #expect(self.timeOut(1500) == .broadcast)
        #expect(self.send(1500) == .release(transactionID: 7, isLast: true))
        #expect(self.claim.deadline == nil)
    }

    @Test mutating func `a name that is not owned is dropped without a release`() {
        var claiming = self.claim
        #expect(claiming.release(transactionID: 7) == .released)
        _ = self.send(0)
        _ = self.object(0x1001, 0)
        #expect(self.claim.release(transactionID: 7) == .released)
    }

    @Test mutating func `a name that is wanted again while it is released is claimed anew`() {
        self.own()
        _ = self.claim.release(transactionID: 7)
        _ = self.send(1000)
        #expect(self.claim.release(transactionID: 8) == .none)
        #expect(self.claim.want(AdvertisedName(.fileServer), as: .broadcast, transactionID: 9) == .broadcast)
        #expect(self.claim.phase == .claiming(transactionID: 9, sent: 0))
        #expect(self.claim.deadline == nil)
    }

    @Test mutating func `a name that changes its address stays owned and is announced`() {
        self.own()
        #expect(self.claim.want(AdvertisedName(.fileServer), as: .broadcast, transactionID: 9) == .none)
        #expect(
            self.claim.want(AdvertisedName(.fileServer, address: .client), as: .broadcast, transactionID: 9)
                == .broadcast
        )
        #expect(self.claim.isOwned)
        #expect(self.send(1000) == .overwrite(transactionID: 9))
    }

    @Test mutating func `a name that becomes a group's is claimed anew`() {
        self.own()
        #expect(
            self.claim.want(AdvertisedName(.fileServer, isGroup: true), as: .broadcast, transactionID: 9) == .broadcast
        )
        #expect(self.claim.phase == .claiming(transactionID: 9, sent: 0))
    }
}
