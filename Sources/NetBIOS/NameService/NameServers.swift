/// Which of several name servers a node uses: the first that answers, in the order of preference.
///
/// ```
///              no answer                rest is over
///   usable ───────────────▶ resting ───────────────────▶ probed
///     ▲                        ▲                           │ │
///     │                        └────── no answer ──────────┘ │
///     └───────────────────────── answer ─────────────────────┘
/// ```
///
/// All are usable at first. One that leaves a request without an answer is left alone for a while, longer each time until it
/// serves again; then a name query asks whether it is back, and the node returns to it when it is the one that is preferred.
struct NameServers: Hashable, Sendable {
    /// One of them.
    fileprivate struct Server: Hashable, Sendable {
        let address: IPv4Address
        var phase: Phase = .usable
        /// When it last did what a name server is for.
        var lastServed: Duration?
        /// How often it was left alone since it last did that.
        var rests = 0
    }

    /// The states of the drawing.
    fileprivate enum Phase: Hashable, Sendable {
        case usable
        case resting(until: Duration)
        case probed(transactionID: UInt16, sent: Int, until: Duration)
    }

    private var servers: [Server]

    /// Name servers in the order of preference.
    init(_ addresses: [IPv4Address]) {
        self.servers = addresses.map { Server(address: $0) }
    }

    /// The one to use; `nil` while none answers, or where there is none.
    var current: IPv4Address? { self.servers.first { $0.phase == .usable }?.address }

    /// All of them, in the order of preference.
    var addresses: [IPv4Address] { self.servers.map(\.address) }

    /// Takes over another list, in which the servers that stay are known as before.
    mutating func replace(with addresses: [IPv4Address]) {
        self.servers = addresses.map { address in
            self.servers.first { $0.address == address } ?? Server(address: address)
        }
    }

    // MARK: Events

    /// A server settled a request of ours: it has the name registered, or refused it. To ask for patience, or to lead from
    /// one question to the next, is not enough.
    mutating func served(_ address: IPv4Address, at now: Duration) {
        guard let index = self.servers.firstIndex(where: { $0.address == address }) else { return }
        self.servers[index].lastServed = now
        self.servers[index].rests = 0
    }

    /// A server left a request that was first sent at `start` without an answer that settles it, however often it was sent.
    ///
    /// - Returns: Whether it is taken for dead; not when it settled another one meanwhile.
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

    /// A server says that it cannot serve.
    ///
    /// - Returns: Whether that is news.
    mutating func failed(_ address: IPv4Address, at now: Duration, timing: ClaimTiming) -> Bool {
        guard let index = self.servers.firstIndex(where: { $0.address == address }),
            self.servers[index].phase == .usable
        else { return false }
        self.rest(index, at: now, timing: timing)
        return true
    }

    /// A response came under an id: the answer to a probe when it is one.
    ///
    /// - Returns: Whether it was; the server is usable again then.
    mutating func answered(_ address: IPv4Address, transactionID: UInt16) -> Bool {
        guard let index = self.servers.firstIndex(where: { $0.address == address }),
            case .probed(transactionID, _, _) = self.servers[index].phase
        else { return false }
        self.servers[index].phase = .usable
        return true
    }

    // MARK: Time

    /// When ``timeOut(at:timing:using:)`` is to be called; `nil` for not at all.
    var deadline: Duration? { self.servers.compactMap(\.deadline).min() }

    /// A probe to send.
    struct Probe: Hashable, Sendable {
        let server: IPv4Address
        let transactionID: UInt16
    }

    /// The deadline has come. Returns the probe to send now, one for each call.
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
    /// When its phase ends by itself.
    fileprivate var deadline: Duration? {
        switch self.phase {
        case .usable: nil
        case .resting(let until), .probed(_, _, let until): until
        }
    }
}
