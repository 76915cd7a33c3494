import Testing

@testable import NetBIOS

/// An announcer and its clock, which runs by itself.
private struct Bench {
    var announcer: NameAnnouncer
    var now: Duration = .seconds(1000)
    var generator = SeededGenerator(seed: 12)
    /// Everything that was sent, with its time.
    var sent: [(moment: Duration, datagram: NetBIOSDatagram, source: IPv4Address, frame: HostAnnouncement)] = []

    init(workgroup: String = "LABGROUP", rate: Int = 200) throws {
        let network = try #require(IPv4Network(containing: .node, prefixLength: 24))
        var configuration = NameAnnouncer.Configuration(
            address: .node,
            network: network,
            workgroup: .raw(workgroup, 0x00)
        )
        configuration.rate = rate
        self.announcer = NameAnnouncer(configuration)
    }

    mutating func own(_ name: QualifiedName = .fileServer, at address: IPv4Address = .node) throws {
        self.announcer.owned(name, at: address, now: self.now, using: &self.generator)
        try self.drain()
    }

    mutating func release(_ name: QualifiedName = .fileServer) throws {
        self.announcer.released(name, now: self.now, using: &self.generator)
        try self.drain()
    }

    mutating func join(_ workgroup: String) throws {
        var configuration = self.announcer.configuration
        configuration.workgroup = .raw(workgroup, 0x00)
        self.announcer.update(configuration, now: self.now, using: &self.generator)
        try self.drain()
    }

    @discardableResult
    mutating func receive(_ bytes: [UInt8], from source: IPv4Address = .rival) throws -> WireError? {
        let endpoint = NameServiceEndpoint(source, port: 138)
        do throws(WireError) {
            try self.announcer.received(bytes, from: endpoint, now: self.now, using: &self.generator)
        } catch {
            return error
        }
        try self.drain()
        return nil
    }

    /// Advances the time, deadline by deadline.
    mutating func pass(_ duration: Duration) throws {
        let end = self.now + duration
        while let deadline = self.announcer.nextDeadline, deadline <= end {
            self.now = max(self.now, deadline)
            self.announcer.advance(to: self.now, using: &self.generator)
            try self.drain()
        }
        self.now = end
    }

    /// Forgets what was sent.
    mutating func forget() { self.sent = [] }

    private mutating func drain() throws {
        while let transmission = self.announcer.nextTransmission() {
            #expect(transmission.destination == NameServiceEndpoint(.broadcast, port: 138))
            #expect(try NetBIOSDatagram(decoding: transmission.bytes) == transmission.datagram)
            let message = try MailslotWrite(decoding: transmission.datagram.userData)
            guard case .hostAnnouncement(let frame) = try BrowserFrame(decoding: message.data) else {
                Issue.record("not an announcement")
                continue
            }
            self.sent.append((self.now, transmission.datagram, transmission.source, frame))
        }
    }
}

struct NameAnnouncerTests {
    @Test
    func `an owned name is announced at once, then after 1, 1, 2, 4, 8 and every 12 minutes, with these intervals`()
        throws
    {
        var bench = try Bench()
        try bench.own()
        try bench.pass(.seconds(3600))
        let start = try #require(bench.sent.first).moment
        #expect(start == .seconds(1000))
        #expect(bench.sent.map { Int(($0.moment - start).components.seconds) / 60 } == [0, 1, 2, 4, 8, 16, 28, 40, 52])
        #expect(bench.sent.map { Int($0.frame.periodicity) / 60_000 } == [1, 1, 2, 4, 8, 12, 12, 12, 12])
    }

    @Test func `an announcement is from the name's workstation to the local master browser of the workgroup`() throws {
        var bench = try Bench()
        try bench.own()
        let sent = try #require(bench.sent.first)
        #expect(sent.datagram.sourceName == QualifiedName(.raw("FILESRV", 0x00)))
        #expect(sent.datagram.destinationName == QualifiedName(.raw("LABGROUP", 0x1D)))
        #expect(sent.datagram.kind == .directGroup && sent.datagram.nodeType == .broadcast)
        #expect(sent.datagram.source == NameServiceEndpoint(.node, port: 138) && sent.source == .node)
        #expect(sent.frame.name == Array("FILESRV".utf8) && sent.frame.serverType == .fileServer)
    }

    @Test func `a name in a scope is announced in its scope, and one with an address of its own from there`() throws {
        var bench = try Bench()
        try bench.own(.scopedFileServer, at: .client)
        let sent = try #require(bench.sent.first)
        #expect(sent.datagram.sourceName.scope == QualifiedName.scopedFileServer.scope)
        #expect(sent.datagram.destinationName.scope == QualifiedName.scopedFileServer.scope)
        #expect(sent.datagram.source.address == .client && sent.source == .client)
    }

    @Test func `only the names of file servers are announced, and each once`() throws {
        var bench = try Bench()
        try bench.own(.workgroup)
        try bench.own(QualifiedName(.raw("FILESRV", 0x00)))
        #expect(bench.sent.isEmpty && bench.announcer.nextDeadline == nil)
        try bench.own()
        try bench.own()
        #expect(bench.sent.count == 1)
    }

    @Test func `a released name is announced once with type 0, and never again`() throws {
        var bench = try Bench()
        try bench.own()
        bench.forget()
        try bench.release()
        try bench.release()
        #expect(bench.sent.map(\.frame.serverType) == [[]] && bench.sent.first?.frame.name == Array("FILESRV".utf8))
        #expect(bench.announcer.isIdle)
        bench.forget()
        try bench.pass(.seconds(3600))
        #expect(bench.sent.isEmpty && bench.announcer.nextDeadline == nil)
    }

    @Test func `a name that another host owns, or whose address is gone, is never announced again`() throws {
        var bench = try Bench()
        try bench.own()
        bench.forget()
        bench.announcer.forgotten(.fileServer)
        try bench.receive(GoldenDatagrams.announcementRequest)
        try bench.release()
        try bench.pass(.seconds(3600))
        #expect(bench.sent.isEmpty)
    }

    @Test func `a name whose address changes is announced at the new one, from the beginning`() throws {
        var bench = try Bench()
        try bench.own()
        try bench.pass(.seconds(3600))
        bench.forget()
        try bench.own(at: .client)
        #expect(bench.sent.map(\.source) == [.client] && bench.sent.first?.frame.periodicity == 60_000)
    }

    @Test func `a request is answered within 30 s, each name at a moment of its own, and the clock goes on`() throws {
        var bench = try Bench()
        for number in 0..<100 { try bench.own(.numbered(number)) }
        try bench.pass(.seconds(5 * 60))
        bench.forget()
        try bench.receive(GoldenDatagrams.announcementRequest)
        let start = bench.now
        try bench.pass(.seconds(30))
        #expect(Set(bench.sent.map(\.datagram.sourceName)).count == 100 && bench.sent.count == 100)
        #expect(Set(bench.sent.map(\.moment)).count > 80)
        #expect(bench.sent.filter { $0.moment - start < .seconds(15) }.count > 20)
        #expect(bench.sent.allSatisfy { $0.frame.periodicity == 4 * 60_000 })
        bench.forget()
        try bench.pass(.seconds(4 * 60))
        #expect(bench.sent.count == 100)
    }

    @Test func `a flood of requests has a name announced once in 30 s, and the last request is answered too`() throws {
        var bench = try Bench()
        try bench.own()
        try bench.pass(.seconds(3600))
        bench.forget()
        for _ in 0..<600 {
            try bench.receive(GoldenDatagrams.announcementRequest)
            try bench.pass(.milliseconds(100))
        }
        try bench.pass(.seconds(60))
        #expect((3...5).contains(bench.sent.count), "\(bench.sent.count)")
        #expect(bench.announcer.counters[.datagram, .accepted] == 600)
    }

    @Test func `requests that are not for the workgroup, from elsewhere or from this host are not answered`() throws {
        var bench = try Bench()
        try bench.own()
        bench.forget()
        let message = GoldenDatagrams.requestMessage
        try bench.receive(GoldenDatagrams.announcementRequest, from: .stranger)
        try bench.receive(GoldenDatagrams.announcementRequest, from: .node)
        try bench.receive(GoldenDatagrams.datagram(to: "LABGROUP", 0x1D, message))
        try bench.receive(GoldenDatagrams.datagram(to: "OTHER", 0x00, message))
        try bench.receive(GoldenDatagrams.datagram(to: "LABGROUP", 0x00, scope: [1, 0x61, 0], message))
        try bench.receive(GoldenDatagrams.hostAnnouncement)
        let lanManager = GoldenDatagrams.message(#"\MAILSLOT\LANMAN"#, [0x02, 0, 0])
        try bench.receive(GoldenDatagrams.datagram(to: "LABGROUP", 0x00, lanManager))
        let election = GoldenDatagrams.message(#"\MAILSLOT\BROWSE"#, [0x08, 0, 0])
        try bench.receive(GoldenDatagrams.datagram(to: "LABGROUP", 0x1E, election))
        #expect(try bench.receive([0x11, 0x02]) != nil)
        try bench.pass(.seconds(50))
        #expect(bench.sent.isEmpty)
        let counters = bench.announcer.counters
        #expect(counters[.datagram, .offLink] == 1 && counters[.datagram, .own] == 1)
        #expect(counters[.datagram, .ignored] == 6 && counters[.malformed, .ignored] == 1)
        #expect(counters[.announcement, .sent] == 1)
    }

    @Test func `a thousand names are announced at the pace, farewells first`() throws {
        var bench = try Bench(rate: 100)
        for number in 0..<1000 { try bench.own(.numbered(number)) }
        try bench.pass(.seconds(5))
        #expect((450...510).contains(bench.sent.count), "\(bench.sent.count)")
        bench.announcer.releaseAll(now: bench.now, using: &bench.generator)
        #expect(!bench.announcer.isIdle)
        let announced = bench.sent.count
        bench.forget()
        try bench.pass(.seconds(60))
        #expect(bench.sent.count == announced && bench.sent.allSatisfy { $0.frame.serverType == [] })
        #expect(bench.announcer.isIdle && bench.announcer.nextDeadline == nil)
    }

    @Test func `in another workgroup the names are taken from the old one's lists and announced anew`() throws {
        var bench = try Bench()
        try bench.own()
        bench.forget()
        try bench.join("NEWGROUP")
        #expect(bench.sent.map { $0.datagram.destinationName.name.text } == ["LABGROUP", "NEWGROUP"])
        #expect(bench.sent.map(\.frame.serverType) == [[], .fileServer])
    }

    @Test func `after a silent stop it sends nothing more`() throws {
        var bench = try Bench()
        for number in 0..<100 { try bench.own(.numbered(number)) }
        bench.announcer.stopSilently()
        bench.forget()
        try bench.pass(.seconds(3600))
        #expect(bench.sent.isEmpty && bench.announcer.isIdle && bench.announcer.nextDeadline == nil)
    }
}
