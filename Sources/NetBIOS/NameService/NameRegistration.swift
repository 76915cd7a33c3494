/// The state machine of one name at the name servers of a P node (RFC 1002 §5.1.2).
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
/// Each step is one request with one id to one host, retransmitted until answered. The registration sets
/// ``wantsToSend``, and the caller calls ``send(at:timing:)`` when the rate limit allows; timeouts start then. Only
/// responses of that host with the id count.
///
/// A unique name is registered as a multihomed one, which adds an address to those of the owner, so the server is first
/// queried for the owner. nmbd adds another host's address as well if the owner merely confirms that it has the name,
/// and drops all addresses of a name when one of them is released. So a name that another host has is registered with a
/// single address: the server then asks the owner, and refuses if the owner still has the name.
struct NameRegistration: Hashable, Sendable {
    /// The name and its registered address.
    private(set) var advertised: AdvertisedName
    /// The phase with its pending request.
    private var step = Step()
    /// The registration in force, which remains so while it is refreshed, checked, or moved to another server.
    private(set) var grant: Grant?
    /// All servers with a registration of this name, the latest last.
    private var keepers: [IPv4Address] = []
    /// The registration to make after the old one is released.
    private var successor: Successor?

    /// Another form of the name, and its server.
    private struct Successor: Hashable, Sendable {
        let advertised: AdvertisedName
        var server: IPv4Address?
    }

    /// Makes a registration, to be started by ``use(_:at:transactionID:)``.
    init(_ advertised: AdvertisedName) {
        self.advertised = advertised
    }
}

// MARK: - Sending

extension NameRegistration {
    /// The phase of the registration.
    var phase: Phase { self.step.phase }

    /// The time of the next call to ``timeOut(at:timing:using:)``, if any.
    var deadline: Duration? { self.step.deadline }

    /// Whether a request waits for the rate limit.
    var wantsToSend: Bool { self.step.wantsToSend }

    /// The rate limit allows one request. Returns the message; `nil` if none is needed any more.
    mutating func send(at now: Duration, timing: ClaimTiming) -> Message? { self.step.send(at: now, timing: timing) }

    /// Starts a phase; its request is sent as soon as the rate limit allows.
    private mutating func begin(_ phase: Phase) { self.step.begin(phase) }

    /// Ends the request.
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
        if case .confirming(.check, let server, _, _) = self.phase, let grant = self.grant, grant.refresh <= now {
            // A check never keeps a refresh waiting.
            self.begin(.registering(.refresh, server: server, transactionID: generator.next(), sent: 0))
            return .none
        }
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

// MARK: - Other hosts

extension NameRegistration {
    /// The host with the pending request responded, with its id. `isOurs` tells whether an address is one of this
    /// host's.
    mutating func answered(
        _ answer: NameServiceResponse.Answer,
        isOurs: (IPv4Address) -> Bool,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        if case .wait(let seconds, _) = answer {
            if self.asked != nil { self.step.wait(until: min(now + .seconds(Int64(seconds)), self.longestWait)) }
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

    /// The latest moment that a WACK can put the request in progress off to: a check ends when the refresh is due.
    private var longestWait: Duration {
        if case .confirming(.check, _, _, _) = self.phase, let grant { grant.refresh } else { .seconds(Int64.max) }
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

    /// Records that a pending request may still be granted.
    private mutating func keepAsked() {
        if case .registering(_, let server, _, let sent) = self.phase, sent > 0 { self.keep(server) }
    }

    /// Records that the server may have a registration.
    private mutating func keep(_ server: IPv4Address) {
        self.keepers.removeAll { $0 == server }
        self.keepers.append(server)
    }

    /// The server of the current phase.
    private var server: IPv4Address? {
        switch self.phase {
        case .registering(_, let server, _, _), .confirming(_, let server, _, _), .releasing(let server, _, _),
            .challenging(let server, _, _, _):
            server
        case .registered: self.grant?.server
        case .idle: nil
        }
    }

    /// Another host owns the name at the server.
    private mutating func lose(to holder: IPv4Address) -> Action {
        if let server = self.server { self.keepers.removeAll { $0 == server } }
        self.grant = nil
        self.rest(in: .idle)
        return .refused(holder: holder)
    }
}

// MARK: - The node's requests

extension NameRegistration {
    /// Registers the name with a server, or with none while none responds. Sends nothing to a server that already has
    /// it until the refresh is due.
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

    /// Registers the name again, since the server has lost others.
    mutating func renew(transactionID: UInt16) {
        guard self.phase == .registered, let server = self.grant?.server else { return }
        self.beginRegistration(at: server, transactionID: transactionID)
    }

    /// Queries the server for the registration; returns false if another request is pending.
    mutating func check(transactionID: UInt16) -> Bool {
        guard self.phase == .registered, let server = self.grant?.server else { return false }
        self.step.begin(
            .confirming(.check, server: server, transactionID: transactionID, sent: 0),
            until: self.grant?.refresh
        )
        return true
    }

    /// The name is no longer wanted: releases it at every server that has it, the current one first.
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

    /// The name is wanted as `advertised`, at a server: releases a different registration first.
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

    /// A server has released the name or does not respond: continues with the next, until none has it.
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
