import Testing

@testable import NetBIOS

struct NameServersTests {
    private let timing = ClaimTiming()
    private var generator = SeededGenerator(seed: 137)
    private var servers = NameServers([.first, .second])

    /// Advances the time; returns the probes that are sent.
    private mutating func run(until end: Duration) -> [NameServers.Probe] {
        var probes: [NameServers.Probe] = []
        while let deadline = self.servers.deadline, deadline <= end {
            while let probe = self.servers.timeOut(at: deadline, timing: self.timing, using: &self.generator) {
                probes.append(probe)
            }
        }
        return probes
    }

    @Test mutating func `the first is used until it does not answer, then the next, then none`() {
        #expect(self.servers.current == .first)
        #expect(self.servers.deadline == nil)
        #expect(self.servers.wasSilent(.first, since: .zero, at: .seconds(4), timing: self.timing) == true)
        #expect(self.servers.current == .second)
        #expect(self.servers.wasSilent(.first, since: .zero, at: .seconds(4), timing: self.timing) == false, "no news")
        #expect(self.servers.wasSilent(.second, since: .zero, at: .seconds(5), timing: self.timing) == true)
        #expect(self.servers.current == nil)
        #expect(self.servers.deadline == .seconds(19))
    }

    @Test mutating func `a server that settled something meanwhile is not taken for dead`() {
        self.servers.served(.first, at: .seconds(2))
        #expect(self.servers.wasSilent(.first, since: .seconds(1), at: .seconds(6), timing: self.timing) == false)
        #expect(self.servers.wasSilent(.first, since: .seconds(3), at: .seconds(8), timing: self.timing) == true)
    }

    @Test mutating func `a server that says that it cannot serve is left alone at once`() {
        self.servers.served(.first, at: .seconds(2))
        #expect(self.servers.failed(.first, at: .seconds(2), timing: self.timing) == true)
        #expect(self.servers.current == .second)
        #expect(self.servers.failed(.first, at: .seconds(3), timing: self.timing) == false)
        #expect(self.servers.failed(.stranger, at: .seconds(3), timing: self.timing) == false)
    }

    @Test
    mutating func `after its rest it is asked three times under one id, and rests twice as long when it is silent`() {
        _ = self.servers.wasSilent(.first, since: .zero, at: .zero, timing: self.timing)
        #expect(self.run(until: .seconds(14)).isEmpty)
        let probes = self.run(until: .seconds(20))
        #expect(probes.count == 3 && Set(probes).count == 1 && probes.first?.server == .first)
        #expect(self.servers.deadline == .seconds(15) + .milliseconds(4500) + .seconds(30))
        var pauses: [Duration] = []
        for _ in 0..<6 {
            guard let start = self.servers.deadline else { break }
            _ = self.run(until: start + .milliseconds(4500))
            if let next = self.servers.deadline { pauses.append(next - start - .milliseconds(4500)) }
        }
        #expect(pauses == [60, 120, 240, 300, 300, 300].map { .seconds($0) })
    }

    @Test mutating func `the preferred one is used again as soon as it answers a probe, and by no other answer`() throws
    {
        _ = self.servers.wasSilent(.first, since: .zero, at: .zero, timing: self.timing)
        let probe = self.run(until: .seconds(15)).first
        let id = try #require(probe).transactionID
        #expect(self.servers.answered(.first, transactionID: id &+ 1) == false)
        #expect(self.servers.answered(.second, transactionID: id) == false)
        #expect(self.servers.current == .second)
        #expect(self.servers.answered(.first, transactionID: id) == true)
        #expect(self.servers.current == .first)
        #expect(self.servers.deadline == nil)
        _ = self.servers.wasSilent(.first, since: .seconds(20), at: .seconds(20), timing: self.timing)
        #expect(self.servers.deadline == .seconds(50), "to answer is not to serve")
        let second = self.run(until: .seconds(50)).first
        #expect(self.servers.answered(.first, transactionID: try #require(second).transactionID) == true)
        self.servers.served(.first, at: .seconds(51))
        _ = self.servers.wasSilent(.first, since: .seconds(60), at: .seconds(60), timing: self.timing)
        #expect(self.servers.deadline == .seconds(75), "the first rest is a short one again")
    }

    @Test mutating func `another list keeps the state of servers in both`() {
        _ = self.servers.wasSilent(.first, since: .zero, at: .zero, timing: self.timing)
        self.servers.replace(with: [.third, .first])
        #expect(self.servers.current == .third)
        self.servers.replace(with: [.first])
        #expect(self.servers.current == nil)
        #expect(self.servers.addresses == [.first])
    }
}

extension IPv4Address {
    /// Name servers in other networks.
    static let first = IPv4Address(198, 51, 100, 1)
    static let second = IPv4Address(198, 51, 100, 2)
    static let third = IPv4Address(198, 51, 100, 3)
}
