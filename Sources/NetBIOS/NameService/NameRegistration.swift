/// One name at the name servers: what a P node does with each of its names (RFC 1002 §5.1.2).
///
/// ```
///          use              nobody, or only we, have it              granted
///   idle ───────▶ asking ───────────────────────────────▶ registering ─────▶ registered
///    ▲              ▲   │ another has it: let the server    ▲  │ │ ▲            │  ▲ │
///    │              │   └── ask that host ─────────────────┘  │ │ │ undefended │  │ │ half of the
///    │              │                            challenge ┌──┘ │ │            │  │ │ time to live
///    │              │                                      ▼    │ │     check  │  │ ▼
///    │              │   forgotten or replaced         challenging │            │ refreshing
///    │              └──────────────────────── checking ◀─│──────│─┼────────────┘  │ refused:
///    │                     defended, or refused          │      │ │               │ asking
///    ├───────────────────────────────────────────────────┘◀─────┘ └───────────────┘
///    │           the last answer or time-out
///    └──────────────── releasing ◀─────────── release
/// ```
///
/// Each step is one request under one id to one host, sent again until it is answered. The registration says that it wants
/// to send (``wantsToSend``), and its owner calls ``send(at:timing:)`` when the pace allows; times count from then. Only
/// answers of the host that was asked, under the id, count.
///
/// A unique name is registered as a multihomed one, which adds an address to those that the owner has; so it is asked first
/// who that is. nmbd adds a stranger's address all the same, if only the owner says that it has the name, and drops all of
/// a name's addresses when one of them is released. A name that another host has is therefore registered as one with a
/// single address: a server asks the owner, and refuses if that still has it.
struct NameRegistration: Hashable, Sendable {
    /// The name, and the address that it is registered with.
    private(set) var advertised: AdvertisedName
    /// Where the registration stands.
    private(set) var phase: Phase = .idle
    /// When ``timeOut(at:timing:using:)`` is to be called; `nil` while there is nothing to wait for.
    private(set) var deadline: Duration?
    /// The registration in force; it stays so while it is refreshed, checked, or carried to another server.
    private(set) var grant: Grant?
    /// The request in progress waits for its turn.
    private(set) var wantsToSend = false
    /// When the request in progress was first sent.
    private var start: Duration = .zero
    /// Every server that has a registration of ours, the latest last.
    private var keepers: [IPv4Address] = []
    /// What is registered once the old registration is released.
    private var successor: Successor?

    /// What a server granted.
    struct Grant: Hashable, Sendable {
        let server: IPv4Address
        /// In seconds, never 0.
        let timeToLive: UInt32
        /// When it is to be refreshed.
        let refresh: Duration
    }

    /// Another advertisement of the name, and the server that is to have it.
    private struct Successor: Hashable, Sendable {
        let advertised: AdvertisedName
        var server: IPv4Address?
    }

    /// The states of the drawing; `sent` counts how often the request went out.
    enum Phase: Hashable, Sendable {
        /// Nothing is asked: no server answers, or the name is another's.
        case idle
        /// A request that a server grants or refuses.
        case registering(Method, server: IPv4Address, transactionID: UInt16, sent: Int)
        /// The server named an owner, and left it to us to ask whether it still has the name.
        case challenging(server: IPv4Address, owner: IPv4Address, transactionID: UInt16, sent: Int)
        /// The server is asked who has the name.
        case confirming(Occasion, server: IPv4Address, transactionID: UInt16, sent: Int)
        /// Nothing to do until the refresh.
        case registered
        /// The name is taken back at a server.
        case releasing(server: IPv4Address, transactionID: UInt16, sent: Int)
    }

    /// How a server is asked to register.
    enum Method: Hashable, Sendable {
        /// An address beside others that may be ours too (Microsoft's multihomed registration).
        case multihomed
        /// The only address of a name, or one of a group's (§4.2.2); `holder` is the host that has the name so far.
        case single(holder: IPv4Address?)
        /// The only address, after the owner that the server named did not defend the name (§4.2.3).
        case overwrite
        /// The same as before (§4.2.4).
        case refresh
    }

    /// Why a server is asked who has a name.
    enum Occasion: Hashable, Sendable {
        /// It is to register the name.
        case registration
        /// It refused the name.
        case refused
        /// It is looked whether it still has the registration.
        case check
    }

    /// What the owner of the registration is to do after an event, beside sending where ``wantsToSend`` says so.
    enum Action: Hashable, Sendable {
        /// Nothing, until the deadline.
        case none
        /// The server has registered the name.
        case registered
        /// The name is another's, or the server does not want it; in the latter case the server is called its holder.
        case refused(holder: IPv4Address)
        /// The server did not answer a request that was first sent at a moment.
        case silent(server: IPv4Address, since: Duration)
        /// The server says that it cannot serve.
        case failed(server: IPv4Address)
        /// The server has forgotten a name that it had granted, and so may have forgotten others; it is registered again.
        case forgotten(server: IPv4Address)
        /// No server has the name any more.
        case released
    }

    /// A registration that is about to begin, when ``use(_:at:transactionID:)`` names a server.
    init(_ advertised: AdvertisedName) {
        self.advertised = advertised
    }

    /// The longest that a WACK can make us wait for one answer.
    static let longestWait: Duration = .seconds(60)
}

// MARK: - What it is

extension NameRegistration {
    /// The host that was asked and has not answered; `nil` while none was.
    var asked: (host: IPv4Address, transactionID: UInt16)? {
        switch self.phase {
        case .registering(_, let server, let id, let sent) where sent > 0: (server, id)
        case .confirming(_, let server, let id, let sent) where sent > 0: (server, id)
        case .releasing(let server, let id, let sent) where sent > 0: (server, id)
        case .challenging(_, let owner, let id, let sent) where sent > 0: (owner, id)
        case .registering, .confirming, .releasing, .challenging, .idle, .registered: nil
        }
    }

    /// The server that the phase is about.
    private var server: IPv4Address? {
        switch self.phase {
        case .registering(_, let server, _, _), .confirming(_, let server, _, _), .releasing(let server, _, _),
            .challenging(let server, _, _, _):
            server
        case .registered: self.grant?.server
        case .idle: nil
        }
    }

    /// Whether nothing is under way: the name is registered, or is not to be for now.
    var isSettled: Bool {
        switch self.phase {
        case .idle, .registered: true
        case .registering, .challenging, .confirming, .releasing: false
        }
    }

    /// Whether it is being taken back.
    var isReleasing: Bool { if case .releasing = self.phase { true } else { false } }
}

// MARK: - Sending

extension NameRegistration {
    /// A request of a registration, and whom it is for.
    struct Message: Hashable, Sendable {
        let destination: IPv4Address
        let transactionID: UInt16
        let kind: Kind

        /// What is asked.
        enum Kind: Hashable, Sendable {
            case register(Method)
            /// A name query; of a server that is to look the name up, or of a node that is to say what it has itself.
            case query(ofServer: Bool)
            case release
        }
    }

    /// The pace allows one request now. Returns what to send; `nil` when nothing is wanted any more.
    mutating func send(at now: Duration, timing: ClaimTiming) -> Message? {
        guard self.wantsToSend else { return nil }
        self.wantsToSend = false
        self.deadline = now + timing.nameServerInterval
        let message: Message
        let sentBefore: Int
        switch self.phase {
        case .registering(let method, let server, let id, let sent):
            message = Message(destination: server, transactionID: id, kind: .register(method))
            self.phase = .registering(method, server: server, transactionID: id, sent: sent + 1)
            sentBefore = sent
        case .challenging(let server, let owner, let id, let sent):
            message = Message(destination: owner, transactionID: id, kind: .query(ofServer: false))
            self.phase = .challenging(server: server, owner: owner, transactionID: id, sent: sent + 1)
            sentBefore = sent
        case .confirming(let occasion, let server, let id, let sent):
            message = Message(destination: server, transactionID: id, kind: .query(ofServer: true))
            self.phase = .confirming(occasion, server: server, transactionID: id, sent: sent + 1)
            sentBefore = sent
        case .releasing(let server, let id, let sent):
            message = Message(destination: server, transactionID: id, kind: .release)
            self.phase = .releasing(server: server, transactionID: id, sent: sent + 1)
            sentBefore = sent
        case .idle, .registered:
            self.deadline = nil
            return nil
        }
        if sentBefore == 0 { self.start = now }
        return message
    }

    /// Begins a step: its request is sent as soon as the pace allows.
    private mutating func begin(_ phase: Phase) {
        self.phase = phase
        self.wantsToSend = true
        self.deadline = nil
    }

    /// Stops asking.
    private mutating func rest(in phase: Phase) {
        self.phase = phase
        self.wantsToSend = false
        self.deadline = phase == .registered ? self.grant?.refresh : nil
    }
}

// MARK: - Time

extension NameRegistration {
    /// The deadline has come.
    mutating func timeOut(
        at now: Duration,
        timing: ClaimTiming,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        self.deadline = nil
        let count = timing.nameServerCount
        switch self.phase {
        case .idle:
            return .none
        case .registered:
            guard let server = self.grant?.server else { return .none }
            self.begin(.registering(.refresh, server: server, transactionID: generator.next(), sent: 0))
            return .none
        case .registering(_, _, _, let sent) where sent < count, .challenging(_, _, _, let sent) where sent < count,
            .confirming(_, _, _, let sent) where sent < count, .releasing(_, _, let sent) where sent < count:
            self.wantsToSend = true
            return .none
        case .registering(_, let server, _, _):
            self.rest(in: .idle)
            return .silent(server: server, since: self.start)
        case .challenging(let server, _, _, _):
            self.begin(.registering(.overwrite, server: server, transactionID: generator.next(), sent: 0))
            return .none
        case .confirming(.refused, let server, _, _):
            return self.lose(to: server)
        case .confirming(.registration, let server, _, _), .confirming(.check, let server, _, _):
            self.rest(in: .idle)
            return .silent(server: server, since: self.start)
        case .releasing:
            return self.releaseNext(at: now, using: &generator)
        }
    }
}

// MARK: - What others say

extension NameRegistration {
    /// The host that was ``asked`` answered, under the id. `isOurs` says whether an address is one of ours.
    mutating func answered(
        _ answer: NameServiceResponse.Answer,
        isOurs: (IPv4Address) -> Bool,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        if case .wait(let seconds, _) = answer {
            // The next answer, or the next attempt, within bounds that the server does not set: neither sooner than without
            // a WACK, nor for ever.
            guard self.asked != nil, let deadline = self.deadline else { return .none }
            self.deadline = max(deadline, min(now + .seconds(Int64(seconds)), self.start + Self.longestWait))
            return .none
        }
        switch self.phase {
        case .registering(let method, let server, _, _):
            return self.answered(answer, to: method, by: server, isOurs: isOurs, at: now, using: &generator)
        case .challenging(let server, let owner, _, _):
            switch answer {
            case .addresses(let entries, _) where self.foreign(among: entries, isOurs: isOurs) != nil:
                return self.lose(to: owner)
            case .addresses, .queryRefused:
                self.begin(.registering(.overwrite, server: server, transactionID: generator.next(), sent: 0))
                return .none
            case .redirect, .nodeStatus, .registered, .registrationRefused, .challenge, .released, .releaseRefused,
                .wait:
                return .none
            }
        case .confirming(let occasion, let server, _, _):
            return self.confirmed(answer, occasion, by: server, isOurs: isOurs, at: now, using: &generator)
        case .releasing:
            switch answer {
            case .released, .releaseRefused:
                return self.releaseNext(at: now, using: &generator)
            case .addresses, .queryRefused, .redirect, .nodeStatus, .registered, .registrationRefused, .challenge,
                .wait:
                return .none
            }
        case .idle, .registered:
            return .none
        }
    }

    private mutating func answered(
        _ answer: NameServiceResponse.Answer,
        to method: Method,
        by server: IPv4Address,
        isOurs: (IPv4Address) -> Bool,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        switch answer {
        case .registered(_, let timeToLive):
            return self.accept(server, timeToLive: timeToLive, at: now, using: &generator)
        case .registrationRefused(.serverFailure, _, _):
            self.rest(in: .idle)
            return .failed(server: server)
        case .registrationRefused where method == .refresh:
            self.beginRegistration(at: server, transactionID: generator.next())
            return .none
        case .registrationRefused:
            if case .single(let holder?) = method { return self.lose(to: holder) }
            self.begin(.confirming(.refused, server: server, transactionID: generator.next(), sent: 0))
            return .none
        case .challenge where method == .overwrite:
            // Whom it named before was asked, or is ourselves: it could go on for ever.
            self.rest(in: .idle)
            return .failed(server: server)
        case .challenge(let entry, _):
            self.begin(
                isOurs(entry.address)
                    ? .registering(.overwrite, server: server, transactionID: generator.next(), sent: 0)
                    : .challenging(server: server, owner: entry.address, transactionID: generator.next(), sent: 0)
            )
            return .none
        case .addresses, .queryRefused, .redirect, .nodeStatus, .released, .releaseRefused, .wait:
            return .none
        }
    }

    private mutating func confirmed(
        _ answer: NameServiceResponse.Answer,
        _ occasion: Occasion,
        by server: IPv4Address,
        isOurs: (IPv4Address) -> Bool,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        let isOursAmong: Bool
        let holder: IPv4Address?
        switch answer {
        case .addresses(let entries, _):
            // Members of a group have no address of their own in the answer.
            holder = self.foreign(among: entries, isOurs: isOurs).map { $0.isGroup ? server : $0.address }
            isOursAmong = holder == nil || entries.contains { isOurs($0.address) }
        case .queryRefused(.nameUnknown):
            (holder, isOursAmong) = (nil, false)
        case .queryRefused:
            self.rest(in: .idle)
            return .failed(server: server)
        case .redirect, .nodeStatus, .registered, .registrationRefused, .challenge, .released, .releaseRefused, .wait:
            return .none
        }
        switch occasion {
        case .registration:
            let method: Method = holder.map { .single(holder: $0) } ?? .multihomed
            self.begin(.registering(method, server: server, transactionID: generator.next(), sent: 0))
            return .none
        case .check where isOursAmong:
            self.rest(in: .registered)
            return .none
        case .check:
            self.beginRegistration(at: server, transactionID: generator.next())
            return holder == nil ? .forgotten(server: server) : .none
        case .refused:
            return self.lose(to: holder ?? server)
        }
    }

    /// Registers the name with a server: a unique one when it is known who has it.
    private mutating func beginRegistration(at server: IPv4Address, transactionID: UInt16) {
        self.begin(
            self.advertised.isGroup
                ? .registering(.single(holder: nil), server: server, transactionID: transactionID, sent: 0)
                : .confirming(.registration, server: server, transactionID: transactionID, sent: 0)
        )
    }

    /// The first of the addresses that keeps us from having the name.
    private func foreign(among entries: [AddressEntry], isOurs: (IPv4Address) -> Bool) -> AddressEntry? {
        entries.first { !($0.isGroup && self.advertised.isGroup) && !isOurs($0.address) }
    }

    /// The registration is in force, and refreshed between three and four eighths of its time to live: not at once with
    /// the others.
    private mutating func accept(
        _ server: IPv4Address,
        timeToLive: UInt32,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        let timeToLive = timeToLive == 0 ? UInt32.max : timeToLive
        let eighths = Duration.seconds(Int64(timeToLive)) / 8
        let share = eighths * 3 + eighths * Int.random(in: 0...1024, using: &generator) / 1024
        let refresh = now + max(share, Self.shortestRefresh)
        self.keep(server)
        self.grant = Grant(server: server, timeToLive: timeToLive, refresh: refresh)
        self.rest(in: .registered)
        return .registered
    }

    /// A registration is not refreshed more often than this, whatever a server grants.
    static let shortestRefresh: Duration = .milliseconds(500)

    /// A request that is under way may yet be granted, though nobody waits for that any more.
    private mutating func keepAsked() {
        if case .registering(_, let server, _, let sent) = self.phase, sent > 0 { self.keep(server) }
    }

    private mutating func keep(_ server: IPv4Address) {
        self.keepers.removeAll { $0 == server }
        self.keepers.append(server)
    }

    /// The name is another's at the server.
    private mutating func lose(to holder: IPv4Address) -> Action {
        if let server = self.server { self.keepers.removeAll { $0 == server } }
        self.grant = nil
        self.rest(in: .idle)
        return .refused(holder: holder)
    }
}

// MARK: - What the node wants

extension NameRegistration {
    /// The name is to be registered with a server, or with none while none answers. Nothing is sent to a server that has it
    /// already, until the refresh is due.
    mutating func use(_ server: IPv4Address?, at now: Duration, transactionID: UInt16) {
        if self.isReleasing {
            if self.successor != nil { self.successor?.server = server }
            return
        }
        guard server == nil || self.server != server else { return }
        self.keepAsked()
        guard let server else { return self.rest(in: .idle) }
        if let grant, grant.server == server, grant.refresh > now {
            self.keep(server)
            return self.rest(in: .registered)
        }
        self.beginRegistration(at: server, transactionID: transactionID)
    }

    /// The name is to be registered anew, as the server has forgotten others.
    mutating func renew(transactionID: UInt16) {
        guard self.phase == .registered, let server = self.grant?.server else { return }
        self.beginRegistration(at: server, transactionID: transactionID)
    }

    /// Looks whether the server still has the registration; false while there is something else to do.
    mutating func check(transactionID: UInt16) -> Bool {
        guard self.phase == .registered, let server = self.grant?.server else { return false }
        self.begin(.confirming(.check, server: server, transactionID: transactionID, sent: 0))
        return true
    }

    /// The name is wanted no longer: every server that has it is told so, the one in use first.
    mutating func release(using generator: inout some RandomNumberGenerator) -> Action {
        self.successor = nil
        self.keepAsked()
        self.grant = nil
        guard !self.isReleasing else { return .none }
        guard let server = self.keepers.last else {
            self.rest(in: .idle)
            return .released
        }
        self.begin(.releasing(server: server, transactionID: generator.next(), sent: 0))
        return .none
    }

    /// The name is wanted as `advertised`, at a server: what was registered otherwise is released first.
    mutating func want(
        _ advertised: AdvertisedName,
        at server: IPv4Address?,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        guard advertised != self.advertised || self.isReleasing else {
            return self.use(server, at: now, transactionID: generator.next())
        }
        _ = self.release(using: &generator)
        if self.isReleasing {
            self.successor = Successor(advertised: advertised, server: server)
        } else {
            self.advertised = advertised
            self.use(server, at: now, transactionID: generator.next())
        }
    }

    /// One server has taken the name back, or does not answer: the next, until none has it.
    private mutating func releaseNext(at now: Duration, using generator: inout some RandomNumberGenerator) -> Action {
        if let server = self.server { self.keepers.removeAll { $0 == server } }
        if let server = self.keepers.last {
            self.begin(.releasing(server: server, transactionID: generator.next(), sent: 0))
            return .none
        }
        self.rest(in: .idle)
        guard let successor = self.successor else { return .released }
        self.successor = nil
        self.advertised = successor.advertised
        self.use(successor.server, at: now, transactionID: generator.next())
        return .none
    }
}
