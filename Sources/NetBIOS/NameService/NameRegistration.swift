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
    /// Where the registration stands, and the request in progress.
    private var step = Step()
    /// The registration in force; it stays so while it is refreshed, checked, or carried to another server.
    private(set) var grant: Grant?
    /// Every server that has a registration of ours, the latest last.
    private var keepers: [IPv4Address] = []
    /// What is registered once the old registration is released.
    private var successor: Successor?

    /// Another advertisement of the name, and the server that is to have it.
    private struct Successor: Hashable, Sendable {
        let advertised: AdvertisedName
        var server: IPv4Address?
    }

    /// A registration that is about to begin, when ``use(_:at:transactionID:)`` names a server.
    init(_ advertised: AdvertisedName) {
        self.advertised = advertised
    }
}

// MARK: - Sending

extension NameRegistration {
    /// Where the registration stands.
    var phase: Phase { self.step.phase }

    /// When ``timeOut(at:timing:using:)`` is to be called; `nil` while there is nothing to wait for.
    var deadline: Duration? { self.step.deadline }

    /// The request in progress waits for its turn.
    var wantsToSend: Bool { self.step.wantsToSend }

    /// The pace allows one request now. Returns what to send; `nil` when nothing is wanted any more.
    mutating func send(at now: Duration, timing: ClaimTiming) -> Message? { self.step.send(at: now, timing: timing) }

    /// Begins a step: its request is sent as soon as the pace allows.
    private mutating func begin(_ phase: Phase) { self.step.begin(phase) }

    /// Stops asking.
    private mutating func rest(in phase: Phase) {
        self.step.rest(in: phase, until: phase == .registered ? self.grant?.refresh : nil)
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
        guard !self.step.timeOut(timing: timing) else { return .none }
        switch self.phase {
        case .idle:
            return .none
        case .registered:
            guard let server = self.grant?.server else { return .none }
            self.begin(.registering(.refresh, server: server, transactionID: generator.next(), sent: 0))
            return .none
        case .registering(_, let server, _, _):
            self.rest(in: .idle)
            return .silent(server: server, since: self.step.start)
        case .challenging(let server, _, _, _):
            self.begin(.registering(.overwrite, server: server, transactionID: generator.next(), sent: 0))
            return .none
        case .confirming(.refused, let server, _, _):
            return self.lose(to: server)
        case .confirming(.registration, let server, _, _), .confirming(.check, let server, _, _):
            self.rest(in: .idle)
            return .silent(server: server, since: self.step.start)
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
            if self.asked != nil { self.step.wait(until: now + .seconds(Int64(seconds))) }
            return .none
        }
        switch self.verdict(on: answer, isOurs: isOurs) {
        case .nothing:
            return .none
        case .granted(let server, let timeToLive):
            return self.accept(server, timeToLive: timeToLive, at: now, using: &generator)
        case .register(let method, let server):
            self.begin(.registering(method, server: server, transactionID: generator.next(), sent: 0))
            return .none
        case .challenge(let server, let owner):
            self.begin(.challenging(server: server, owner: owner, transactionID: generator.next(), sent: 0))
            return .none
        case .confirmRefusal(let server):
            self.begin(.confirming(.refused, server: server, transactionID: generator.next(), sent: 0))
            return .none
        case .registerAnew(let server, let isForgotten):
            self.beginRegistration(at: server, transactionID: generator.next())
            return isForgotten ? .forgotten(server: server) : .none
        case .stillRegistered:
            self.rest(in: .registered)
            return .none
        case .lost(let holder):
            return self.lose(to: holder)
        case .failed(let server):
            self.rest(in: .idle)
            return .failed(server: server)
        case .released:
            return self.releaseNext(at: now, using: &generator)
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

    /// The registration is in force.
    private mutating func accept(
        _ server: IPv4Address,
        timeToLive: UInt32,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        self.keep(server)
        self.grant = Grant(by: server, timeToLive: timeToLive, at: now, using: &generator)
        self.rest(in: .registered)
        return .registered
    }

    /// A request that is under way may yet be granted, though nobody waits for that any more.
    private mutating func keepAsked() {
        if case .registering(_, let server, _, let sent) = self.phase, sent > 0 { self.keep(server) }
    }

    /// The server has a registration of ours, as far as is known.
    private mutating func keep(_ server: IPv4Address) {
        self.keepers.removeAll { $0 == server }
        self.keepers.append(server)
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
