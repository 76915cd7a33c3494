/// Chooses among name servers: the first in order of preference that responds.
///
/// ```
///              no answer                rest is over
///   usable ───────────────▶ resting ───────────────────▶ probed
///     ▲                        ▲                           │ │
///     │                        └────── no answer ──────────┘ │
///     └───────────────────────── answer ─────────────────────┘
/// ```
/// All servers are usable at first. A server that does not respond is paused, longer each time until it serves again;
/// then it is probed with a name query, and the node returns to it if it is preferred.
struct NameServers: Hashable, Sendable {
    /// A name server.
    fileprivate struct Server: Hashable, Sendable {
        let address: IPv4Address
        var phase: Phase = .usable
        /// The time at which it last settled a request.
        var lastServed: Duration?
        /// The number of pauses since then.
        var rests = 0
        /// When something that it said without being asked was last looked into.
        var lastDemand: Duration?
    }

    /// The states of the diagram.
    fileprivate enum Phase: Hashable, Sendable {
        case usable
        case resting(until: Duration)
        case probed(transactionID: UInt16, sent: Int, until: Duration)
    }

    private var servers: [Server]

    /// Makes the list, in order of preference.
    init(_ addresses: [IPv4Address]) {
        self.servers = addresses.map { Server(address: $0) }
    }

    /// The server to use; `nil` if none responds, or the list is empty.
    var current: IPv4Address? { self.servers.first { $0.phase == .usable }?.address }

    /// All servers, in order of preference.
    var addresses: [IPv4Address] { self.servers.map(\.address) }

    /// Replaces the list; servers in both keep their state.
    mutating func replace(with addresses: [IPv4Address]) {
        self.servers = addresses.map { address in
            self.servers.first { $0.address == address } ?? Server(address: address)
        }
    }

    // MARK: Events

    /// A server settled a request: it registered the name, or refused it. A WACK or an intermediate response does not
    /// count.
    mutating func served(_ address: IPv4Address, at now: Duration) {
        guard let index = self.servers.firstIndex(where: { $0.address == address }) else { return }
        self.servers[index].lastServed = now
        self.servers[index].rests = 0
    }

    /// A server did not settle a request that was first sent at `start`, despite all retransmissions.
    ///
    /// - Returns: Whether it counts as dead; not if it settled another request meanwhile.
    mutating func wasSilent(_ address: IPv4Address, since start: Duration, at now: Duration, timing: ClaimTiming)
        -> Bool
    {
        guard let index = self.servers.firstIndex(where: { $0.address == address }),
            self.servers[index].phase == .usable
        else { return false }
        if let lastServed = self.servers[index].lastServed, lastServed >= start { return false }
        self.rest(index, at: now, timing: timing)
        return true
    }

    /// A server reports that it is out of service.
    ///
    /// - Returns: Whether its state changed.
    mutating func failed(_ address: IPv4Address, at now: Duration, timing: ClaimTiming) -> Bool {
        guard let index = self.servers.firstIndex(where: { $0.address == address }),
            self.servers[index].phase == .usable
        else { return false }
        self.rest(index, at: now, timing: timing)
        return true
    }

    /// A refusal that nobody asked for came in the name of a server.
    ///
    /// - Returns: Whether the server is to be asked about it; once in ``ClaimTiming/nameServerCheck`` for each server.
    mutating func admitsDemand(of address: IPv4Address, at now: Duration, timing: ClaimTiming) -> Bool {
        guard let index = self.servers.firstIndex(where: { $0.address == address }) else { return false }
        if let last = self.servers[index].lastDemand, now - last < timing.nameServerCheck { return false }
        self.servers[index].lastDemand = now
        return true
    }

    /// A response came under an id: the answer to a probe when it is one.
    ///
    /// - Returns: Whether it answers a probe; the server is then usable again.
    mutating func answered(_ address: IPv4Address, transactionID: UInt16) -> Bool {
        guard let index = self.servers.firstIndex(where: { $0.address == address }),
            case .probed(transactionID, _, _) = self.servers[index].phase
        else { return false }
        self.servers[index].phase = .usable
        return true
    }

    // MARK: Time

    /// The time of the next call to ``timeOut(at:timing:using:)``, if any.
    var deadline: Duration? { self.servers.compactMap(\.deadline).min() }

    /// A probe to send.
    struct Probe: Hashable, Sendable {
        let server: IPv4Address
        let transactionID: UInt16
    }

    /// The deadline has passed. Returns the next probe to send; to be called until there is none.
    mutating func timeOut(
        at now: Duration,
        timing: ClaimTiming,
        using generator: inout some RandomNumberGenerator
    ) -> Probe? {
        while let index = self.servers.firstIndex(where: { $0.deadline.map { $0 <= now } ?? false }) {
            let (transactionID, sent): (UInt16, Int) =
                switch self.servers[index].phase {
                case .probed(let transactionID, let sent, _): (transactionID, sent)
                case .usable, .resting: (generator.next(), 0)
                }
            guard sent < timing.nameServerCount else {
                self.rest(index, at: now, timing: timing)
                continue
            }
            let until = now + timing.nameServerInterval
            self.servers[index].phase = .probed(transactionID: transactionID, sent: sent + 1, until: until)
            return Probe(server: self.servers[index].address, transactionID: transactionID)
        }
        return nil
    }

    private mutating func rest(_ index: Int, at now: Duration, timing: ClaimTiming) {
        self.servers[index].phase = .resting(until: now + timing.nameServerRest(after: self.servers[index].rests))
        self.servers[index].rests += 1
    }
}

extension NameServers.Server {
    /// The time of the phase's end, if any.
    fileprivate var deadline: Duration? {
        switch self.phase {
        case .usable: nil
        case .resting(let until), .probed(_, _, let until): until
        }
    }
}
