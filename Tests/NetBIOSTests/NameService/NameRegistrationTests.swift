import Testing

@testable import NetBIOS

struct NameRegistrationTests {
    private typealias Answer = NameServiceResponse.Answer

    private let timing = ClaimTiming()
    private var generator = SeededGenerator(seed: 42)
    private var registration = NameRegistration(AdvertisedName(.fileServer))
    private var now: Duration = .zero

    private let granted = Answer.registered(AddressEntry(.node), timeToLive: 800)
    private let ours = Answer.addresses([AddressEntry(.node)], timeToLive: 800)
    private let another = Answer.addresses([AddressEntry(.node), AddressEntry(.rival)], timeToLive: 800)
    private let unknown = Answer.queryRefused(.nameUnknown)
    private let refusal = Answer.registrationRefused(.active, AddressEntry(.node), timeToLive: 0)

    private mutating func send() -> NameRegistration.Message? {
        self.registration.send(at: self.now, timing: self.timing)
    }

    private mutating func answer(_ answer: Answer) -> NameRegistration.Action {
        self.registration.answered(answer, isOurs: { $0 == .node }, at: self.now, using: &self.generator)
    }

    /// Advances past the deadline.
    private mutating func timeOut() -> NameRegistration.Action {
        guard let deadline = self.registration.deadline else { return .none }
        self.now = deadline
        return self.registration.timeOut(at: self.now, timing: self.timing, using: &self.generator)
    }

    /// Leaves a request unanswered, three times; returns the action.
    private mutating func silence() -> NameRegistration.Action {
        for _ in 0..<2 {
            _ = self.send()
            _ = self.timeOut()
        }
        _ = self.send()
        return self.timeOut()
    }

    /// Advances the registration to the request to the first server, with an unowned name.
    private mutating func ask() {
        self.registration.use(.first, at: self.now, transactionID: 1)
        if !self.registration.advertised.isGroup {
            _ = self.send()
            _ = self.answer(self.unknown)
        }
        _ = self.send()
    }

    /// Registers the name with the first server.
    private mutating func register() {
        self.ask()
        _ = self.answer(self.granted)
    }

    // MARK: Registering

    @Test mutating func `the owner of a unique name is queried, and an unowned name is registered as a multihomed one`()
        throws
    {
        self.registration.use(.first, at: self.now, transactionID: 1)
        #expect(self.registration.asked == nil, "nothing was sent yet")
        #expect(
            self.send()
                == NameRegistration.Message(destination: .first, transactionID: 1, kind: .query(ofServer: true))
        )
        #expect(self.send() == nil)
        #expect(self.registration.asked?.host == .first)
        #expect(self.answer(self.unknown) == .none)
        let sentRequest = self.send()
        let request = try #require(sentRequest)
        #expect(request.kind == .register(.multihomed) && request.destination == .first)
        #expect(self.registration.grant == nil, "not yet")
        #expect(self.answer(self.granted) == .registered)
        let grant = try #require(self.registration.grant)
        #expect(grant.server == .first && grant.timeToLive == 800)
        #expect((.seconds(300)...(.seconds(400))).contains(grant.refresh), "before half of 800 seconds")
        #expect(self.registration.deadline == grant.refresh)
    }

    @Test mutating func `a name owned only at another address of this host gets one more address`() {
        self.registration.use(.first, at: self.now, transactionID: 1)
        _ = self.send()
        #expect(self.answer(self.ours) == .none)
        #expect(self.send()?.kind == .register(.multihomed))
    }

    @Test mutating func `a group is registered without that question`() {
        self.registration = NameRegistration(AdvertisedName(.workgroup, isGroup: true))
        self.registration.use(.first, at: self.now, transactionID: 1)
        _ = self.send()
        #expect(self.answer(.registered(AddressEntry(.node, isGroup: true), timeToLive: 800)) == .registered)
        #expect(self.registration.phase == .registered)
    }

    @Test mutating func `a registration that is not answered is sent three times, 1.5 s apart under one id`() {
        self.registration.use(.first, at: self.now, transactionID: 1)
        var times: [Duration] = []
        for _ in 0..<3 {
            times.append(self.now)
            #expect(self.send()?.transactionID == 1)
            if times.count < 3 { #expect(self.timeOut() == .none) }
        }
        #expect(times == [0, 1500, 3000].map { .milliseconds($0) })
        #expect(self.timeOut() == .silent(server: .first, since: .zero))
        #expect(self.now == .milliseconds(4500))
        #expect(self.registration.phase == .idle && self.registration.deadline == nil)
    }

    @Test
    mutating func
        `a name that another host has is registered as one with a single address, which the server refuses or grants`()
    {
        for outcome in [self.refusal, self.granted] {
            self.registration = NameRegistration(AdvertisedName(.fileServer))
            self.registration.use(.first, at: self.now, transactionID: 1)
            _ = self.send()
            #expect(self.answer(self.another) == .none)
            #expect(self.send()?.kind == .register(.single(holder: .rival)))
            #expect(self.answer(outcome) == (outcome == self.granted ? .registered : .refused(holder: .rival)))
            #expect(!self.registration.wantsToSend, "there is nothing to give back")
        }
    }

    @Test mutating func `after a refusal the server is asked who has the name`() throws {
        self.ask()
        #expect(self.answer(self.refusal) == .none)
        #expect(self.send()?.kind == .query(ofServer: true))
        #expect(self.answer(.addresses([AddressEntry(.rival)], timeToLive: 9)) == .refused(holder: .rival))
        #expect(self.registration.phase == .idle)
        #expect(!self.registration.wantsToSend, "there is nothing to give back")
    }

    @Test mutating func `a refusal of an unowned or a group name is the server's policy`() {
        for answer in [self.unknown, .addresses([AddressEntry(.limitedBroadcast, isGroup: true)], timeToLive: 9)] {
            self.ask()
            _ = self.answer(self.refusal)
            _ = self.send()
            #expect(self.answer(answer) == .refused(holder: .first))
        }
        self.ask()
        _ = self.answer(self.refusal)
        #expect(self.silence() == .refused(holder: .first))
    }

    @Test mutating func `a server that cannot serve is reported, and is not the holder of the name`() {
        self.ask()
        #expect(
            self.answer(.registrationRefused(.serverFailure, AddressEntry(.node), timeToLive: 0))
                == .failed(server: .first)
        )
        #expect(self.registration.phase == .idle)
    }

    // MARK: Waiting

    @Test mutating func `a WACK is waited for, and the answer after it counts`() {
        self.ask()
        #expect(self.answer(.wait(seconds: 30, requestWord: 0x7900)) == .none)
        #expect(self.registration.deadline == .seconds(30))
        self.now = .seconds(17)
        #expect(self.answer(self.granted) == .registered)
    }

    @Test mutating func `a WACK is not waited for longer than a minute in all, whatever it says and however often`() {
        self.ask()
        _ = self.answer(.wait(seconds: .max, requestWord: 0x7900))
        #expect(self.registration.deadline == .seconds(60))
        self.now = .seconds(59)
        _ = self.answer(.wait(seconds: 600, requestWord: 0x7900))
        #expect(self.registration.deadline == .seconds(60))
        #expect(self.timeOut() == .none)
        #expect(self.registration.wantsToSend)
    }

    @Test mutating func `a WACK makes nothing come sooner, however short it is`() {
        self.ask()
        for _ in 0..<100 { #expect(self.answer(.wait(seconds: 0, requestWord: 0x7900)) == .none) }
        #expect(self.registration.deadline == .milliseconds(1500))
        #expect(!self.registration.wantsToSend)
        _ = self.timeOut()
        #expect(self.answer(.wait(seconds: 9, requestWord: 0x7900)) == .none)
        #expect(self.registration.deadline == nil && self.registration.wantsToSend, "its turn has come already")
    }

    // MARK: Challenging

    /// Advances the registration to the query of the rival.
    private mutating func challenge() -> NameRegistration.Message? {
        self.ask()
        _ = self.answer(.challenge(AddressEntry(.rival), timeToLive: 0))
        return self.send()
    }

    @Test mutating func `an owner that a challenge names is asked, and keeps the name when it defends it`() throws {
        let sent = self.challenge()
        let question = try #require(sent)
        #expect(question.destination == .rival && question.kind == .query(ofServer: false))
        #expect(self.registration.asked?.host == .rival)
        #expect(self.answer(.addresses([AddressEntry(.rival)], timeToLive: 9)) == .refused(holder: .rival))
        #expect(self.registration.phase == .idle && !self.registration.wantsToSend)
    }

    @Test mutating func `an owner that denies having the name, or is silent, is overwritten`() throws {
        _ = self.challenge()
        #expect(self.answer(self.unknown) == .none)
        #expect(self.send()?.kind == .register(.overwrite))
        #expect(self.answer(self.granted) == .registered)
        self.registration = NameRegistration(AdvertisedName(.fileServer))
        _ = self.challenge()
        _ = self.timeOut()
        #expect(self.silence() == .none)
        let sentOverwrite = self.send()
        let overwrite = try #require(sentOverwrite)
        #expect(overwrite.kind == .register(.overwrite) && overwrite.destination == .first)
    }

    @Test mutating func `a challenge that names this host needs no query`() throws {
        self.ask()
        _ = self.answer(.challenge(AddressEntry(.node), timeToLive: 0))
        #expect(self.send()?.kind == .register(.overwrite))
    }

    @Test mutating func `a server that challenges an overwrite, too, cannot serve`() {
        for entry in [AddressEntry(.node), AddressEntry(.rival)] {
            self.registration = NameRegistration(AdvertisedName(.fileServer))
            self.ask()
            _ = self.answer(.challenge(AddressEntry(.node), timeToLive: 0))
            _ = self.send()
            #expect(self.answer(.challenge(entry, timeToLive: 0)) == .failed(server: .first))
            #expect(self.registration.phase == .idle && !self.registration.wantsToSend)
        }
    }

    // MARK: Keeping

    @Test mutating func `a registration is refreshed before half of its time has passed, and again`() throws {
        self.register()
        for _ in 0..<3 {
            let start = self.now
            #expect(self.timeOut() == .none)
            #expect(self.now - start <= .seconds(400))
            let sentRefresh = self.send()
            let refresh = try #require(sentRefresh)
            #expect(refresh.kind == .register(.refresh) && refresh.destination == .first)
            #expect(self.registration.grant != nil, "in force meanwhile")
            #expect(self.answer(self.granted) == .registered)
        }
    }

    @Test
    mutating func `a name without an end is refreshed all the same, and one with a short life not without a pause`()
        throws
    {
        self.ask()
        _ = self.answer(.registered(AddressEntry(.node), timeToLive: 0))
        #expect(try #require(self.registration.deadline) > .seconds(1_000_000_000))
        for seconds: UInt32 in 1...10 {
            self.registration = NameRegistration(AdvertisedName(.fileServer))
            self.ask()
            _ = self.answer(.registered(AddressEntry(.node), timeToLive: seconds))
            let pause = try #require(self.registration.deadline) - self.now
            #expect(pause >= .milliseconds(500) && pause <= .milliseconds(500) * Int(seconds), "\(seconds) s")
        }
    }

    @Test mutating func `a refresh that is refused makes a new registration`() throws {
        self.register()
        _ = self.timeOut()
        _ = self.send()
        #expect(self.answer(self.refusal) == .none)
        #expect(self.send()?.kind == .query(ofServer: true))
    }

    @Test mutating func `a refresh without an answer reports the server, and the name stays registered`() {
        self.register()
        _ = self.timeOut()
        let start = self.now
        #expect(self.silence() == .silent(server: .first, since: start))
        #expect(self.registration.grant?.server == .first)
        self.registration.use(.second, at: self.now, transactionID: 2)
        #expect(self.registration.grant?.server == .first, "until the other one has it")
        _ = self.send()
        _ = self.answer(self.unknown)
        _ = self.send()
        _ = self.answer(self.granted)
        #expect(self.registration.grant?.server == .second)
    }

    @Test mutating func `a check of a name that the server has changes nothing`() throws {
        self.register()
        let deadline = self.registration.deadline
        let isAsked = self.registration.check(transactionID: 9)
        #expect(isAsked)
        #expect(self.send()?.kind == .query(ofServer: true))
        #expect(self.answer(self.ours) == .none)
        #expect(self.registration.deadline == deadline)
        let group = Answer.addresses([AddressEntry(.limitedBroadcast, isGroup: true)], timeToLive: 9)
        self.registration = NameRegistration(AdvertisedName(.workgroup, isGroup: true))
        self.register()
        _ = self.registration.check(transactionID: 9)
        _ = self.send()
        #expect(self.answer(group) == .none)
        #expect(self.registration.phase == .registered)
    }

    @Test mutating func `a name that the server has lost is registered again, and owned meanwhile`() throws {
        self.register()
        _ = self.registration.check(transactionID: 9)
        _ = self.send()
        #expect(self.answer(self.unknown) == .forgotten(server: .first))
        #expect(self.registration.grant != nil)
        #expect(self.send()?.kind == .query(ofServer: true))
    }

    @Test
    mutating func `a name that the server has also for another host stays owned, and one only for another does not`() {
        self.register()
        _ = self.registration.check(transactionID: 9)
        _ = self.send()
        #expect(self.answer(self.another) == .none)
        #expect(self.registration.phase == .registered)
        _ = self.registration.check(transactionID: 9)
        _ = self.send()
        let theirs = Answer.addresses([AddressEntry(.rival)], timeToLive: 9)
        #expect(self.answer(theirs) == .none, "which says nothing of other names")
        _ = self.send()
        _ = self.answer(theirs)
        #expect(self.send()?.kind == .register(.single(holder: .rival)))
        #expect(self.answer(self.refusal) == .refused(holder: .rival))
        #expect(self.registration.grant == nil)
    }

    @Test mutating func `a server that cannot answer a question has not forgotten the name`() {
        for refusal in NameServiceRefusal.allCases where refusal != .nameUnknown {
            self.registration = NameRegistration(AdvertisedName(.fileServer))
            self.register()
            _ = self.registration.check(transactionID: 9)
            _ = self.send()
            #expect(self.answer(.queryRefused(refusal)) == .failed(server: .first))
            #expect(self.registration.grant?.server == .first)
            #expect(self.registration.phase == .idle && !self.registration.wantsToSend)
        }
    }

    @Test mutating func `nothing is checked or renewed while something else is under way`() {
        let early = self.registration.check(transactionID: 9)
        #expect(!early)
        self.register()
        self.registration.renew(transactionID: 5)
        let second = self.registration.check(transactionID: 9)
        #expect(!second)
        #expect(self.registration.phase == .confirming(.registration, server: .first, transactionID: 5, sent: 0))
        self.registration.renew(transactionID: 6)
        #expect(self.registration.phase == .confirming(.registration, server: .first, transactionID: 5, sent: 0))
    }

    // MARK: Releasing

    @Test mutating func `a release is sent to every server that has the name, the one in use first`() throws {
        self.register()
        self.registration.use(.second, at: self.now, transactionID: 2)
        _ = self.send()
        _ = self.answer(self.unknown)
        _ = self.send()
        _ = self.answer(self.granted)
        #expect(self.registration.release(using: &self.generator) == .none)
        #expect(self.registration.grant == nil && self.registration.isReleasing)
        #expect(self.registration.release(using: &self.generator) == .none, "one at a time")
        #expect(self.send()?.destination == .second)
        #expect(self.answer(.released(AddressEntry(.node), timeToLive: 0)) == .none)
        #expect(self.send()?.destination == .first)
        #expect(self.answer(.releaseRefused(.nameUnknown, AddressEntry(.node), timeToLive: 0)) == .released)
    }

    @Test mutating func `a registration under way at a server that is left for another is released there, too`() {
        self.ask()
        self.registration.use(.second, at: self.now, transactionID: 2)
        _ = self.send()
        _ = self.answer(self.unknown)
        _ = self.send()
        _ = self.answer(self.granted)
        self.registration.use(.first, at: self.now, transactionID: 3)
        #expect(self.send()?.kind == .query(ofServer: true), "not known to have it")
        self.registration.use(.second, at: self.now, transactionID: 4)
        #expect(self.registration.release(using: &self.generator) == .none)
        #expect(self.send()?.destination == .second, "the one in use first")
        #expect(self.answer(.released(AddressEntry(.node), timeToLive: 0)) == .none)
        #expect(self.send()?.destination == .first)
        #expect(self.answer(.released(AddressEntry(.node), timeToLive: 0)) == .released)
    }

    @Test mutating func `a release without an answer is sent three times`() {
        self.register()
        _ = self.registration.release(using: &self.generator)
        #expect(self.silence() == .released)
    }

    @Test
    mutating func `a name without registrations is dropped without a release, and a possible registration is released`()
    {
        #expect(self.registration.release(using: &self.generator) == .released)
        self.registration.use(.first, at: self.now, transactionID: 1)
        #expect(self.registration.release(using: &self.generator) == .released)
        self.ask()
        #expect(self.registration.release(using: &self.generator) == .none)
        #expect(self.registration.isReleasing)
    }

    @Test mutating func `another address is registered once the old one is released`() throws {
        self.register()
        let other = AdvertisedName(.fileServer, address: .client)
        self.registration.want(other, at: .first, now: self.now, using: &self.generator)
        #expect(self.registration.advertised.address == nil, "the release is the old one's")
        #expect(self.send()?.kind == .release)
        self.registration.use(.second, at: self.now, transactionID: 3)
        #expect(self.answer(.released(AddressEntry(.node), timeToLive: 0)) == .none)
        #expect(self.registration.advertised == other)
        let sentMessage = self.send()
        let message = try #require(sentMessage)
        #expect(message.kind == .query(ofServer: true) && message.destination == .second)
    }

    @Test mutating func `a name that is wanted again while it is released is registered anew`() throws {
        self.register()
        _ = self.registration.release(using: &self.generator)
        _ = self.send()
        self.registration.want(AdvertisedName(.fileServer), at: .first, now: self.now, using: &self.generator)
        #expect(self.answer(.released(AddressEntry(.node), timeToLive: 0)) == .none)
        #expect(self.send()?.kind == .query(ofServer: true))
    }

    // MARK: Servers

    @Test mutating func `the server that is in use already is not asked again, and without one nothing is`() {
        self.register()
        self.registration.use(.first, at: self.now, transactionID: 7)
        #expect(self.registration.phase == .registered)
        self.registration.use(nil, at: self.now, transactionID: 7)
        #expect(self.registration.phase == .idle && self.registration.deadline == nil)
        #expect(self.registration.grant != nil)
        self.registration.use(.first, at: self.now, transactionID: 8)
        #expect(self.registration.phase == .registered && !self.registration.wantsToSend, "it has the name")
        #expect(self.registration.deadline == self.registration.grant?.refresh)
        self.registration.use(nil, at: self.now, transactionID: 7)
        self.now = .seconds(400)
        self.registration.use(.first, at: self.now, transactionID: 8)
        #expect(self.registration.wantsToSend, "the refresh is due")
    }

    @Test mutating func `an answer that fits no request changes nothing`() {
        let misfits: [Answer] = [
            .redirect(nameServer: .none, address: .first, timeToLive: 1), .released(AddressEntry(.node), timeToLive: 0),
            .nodeStatus(NodeStatus(names: [], isTruncated: false, unitID: .zero)),
        ]
        self.registration.use(.first, at: self.now, transactionID: 1)
        _ = self.send()
        let asking = self.registration
        for answer in misfits + [self.granted, self.refusal] { #expect(self.answer(answer) == .none) }
        #expect(self.registration == asking)
        _ = self.answer(self.unknown)
        _ = self.send()
        let registering = self.registration
        for answer in misfits + [self.ours, self.unknown] { #expect(self.answer(answer) == .none) }
        #expect(self.registration == registering)
        _ = self.answer(self.granted)
        for answer in misfits + [self.granted, self.refusal, self.unknown, .wait(seconds: 5, requestWord: 0)] {
            #expect(self.answer(answer) == .none)
        }
        #expect(self.registration.phase == .registered)
    }
}
