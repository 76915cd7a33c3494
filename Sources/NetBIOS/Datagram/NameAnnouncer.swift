/// Announces names to the browsers of a workgroup, on one interface: the non-browser server of [MS-BRWS] §3.2.
///
/// ```
///                    owned                         released
///   not announced ─────────▶ announced: at once, ──────────▶ farewell: type 0, ──▶ not announced
///         ▲                  then after 1, 1, 2,              once
///         │                  4, 8 and each 12 min
///         └────────────────────────┘ forgotten: in silence
/// ```
///
/// The caller reports which names are owned, passes in datagrams and the time, and after each call sends the datagrams
/// of ``nextTransmission()`` and calls ``advance(to:using:)`` at ``nextDeadline``. An announcer is not a browser: it
/// takes part in no elections, and responds only to announcement requests, with broadcast announcements.
public struct NameAnnouncer: Sendable {
    /// The settings of the interface, and the rate limit.
    public private(set) var configuration: Configuration
    /// The counters of received and sent datagrams.
    public private(set) var counters = NameServiceCounters()

    private var names: [QualifiedName: Announced] = [:]
    private var timers = TimerQueue<QualifiedName>()
    /// Names due for announcement, and farewells, which are sent first.
    private var due = Queue<QualifiedName>()
    private var farewells = Queue<Farewell>()
    private var transmissions = Queue<DatagramTransmission>()
    private var pace: TokenBucket
    /// The time until which announcement requests are ignored, and whether one arrived before it.
    private var requestsIgnoredUntil: Duration?
    private var isRequestWaiting = false
    /// Work on all names that is under way, the first one first.
    private var walks: [Walk] = []
    /// How many names are announced in each scope.
    private var scopes: [Scope: Int] = [:]

    /// Work on all names, done a few names at a time so that no call takes long.
    private struct Walk: Sendable {
        let task: Task
        let names: [QualifiedName]
        var next = 0

        enum Task: Hashable, Sendable {
            /// Names answer a request that came at a moment.
            case answer(since: Duration)
            case farewell
            /// Names leave the lists of a workgroup, and are announced anew.
            case leave(NetBIOSName)
        }
    }

    /// An announced name.
    private struct Announced: Sendable {
        let address: IPv4Address
        var schedule: AnnouncementSchedule
        /// Whether an announcement is queued.
        var isDue = false
    }

    /// A name to withdraw, and the workgroup to notify.
    private struct Farewell: Sendable {
        let name: QualifiedName
        let announced: Announced
        let workgroup: NetBIOSName
    }

    /// The maximum random delay of the response to a request, so that hosts do not all respond at once. Another request
    /// within this time is answered after it, so a name is announced at most twice in it, however many requests arrive.
    private static let answerTime: Duration = .seconds(30)

    /// Makes an announcer without names.
    public init(_ configuration: Configuration) {
        self.configuration = configuration
        self.pace = TokenBucket(rate: configuration.rate)
    }
}

// MARK: - Names

extension NameAnnouncer {
    /// Starts announcing an owned name, if it is a file server's; other names are not announced.
    public mutating func owned(
        _ name: QualifiedName,
        at address: IPv4Address,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        guard name.name.suffix == .fileServer, self.names[name]?.address != address else { return }
        self.add(name, at: address, now: now)
        self.advance(to: now, using: &generator)
    }

    /// Stops announcing a released name, and sends a farewell.
    public mutating func released(
        _ name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        self.sayFarewell(to: name)
        self.advance(to: now, using: &generator)
    }

    /// Stops announcing all names, with farewells.
    public mutating func releaseAll(now: Duration, using generator: inout some RandomNumberGenerator) {
        self.walks = [Walk(task: .farewell, names: Array(self.names.keys))]
        self.advance(to: now, using: &generator)
    }

    /// Stops announcing a name without a farewell: another host owns it, or its address is gone.
    public mutating func forgotten(_ name: QualifiedName) {
        self.remove(name)
    }

    @discardableResult
    private mutating func remove(_ name: QualifiedName) -> Announced? {
        self.timers.remove(name)
        guard let announced = self.names.removeValue(forKey: name) else { return nil }
        let left = (self.scopes[name.scope] ?? 1) - 1
        self.scopes[name.scope] = left > 0 ? left : nil
        return announced
    }

    /// Stops announcing all names without farewells.
    public mutating func stopSilently() {
        self.names.removeAll()
        self.scopes.removeAll()
        self.walks.removeAll()
        self.timers.removeAll()
        self.due.removeAll()
        self.farewells.removeAll()
        self.transmissions.removeAll()
    }

    /// Applies another configuration. If the workgroup changes, all names are withdrawn from the old one and announced
    /// in the new one.
    public mutating func update(
        _ configuration: Configuration,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        if configuration.workgroup.with(.workstation) != self.configuration.workgroup.with(.workstation) {
            self.walks.append(Walk(task: .leave(self.configuration.workgroup), names: Array(self.names.keys)))
        }
        if configuration.rate != self.configuration.rate { self.pace = TokenBucket(rate: configuration.rate) }
        self.configuration = configuration
        self.advance(to: now, using: &generator)
    }

    /// Whether every farewell is sent.
    public var isIdle: Bool { self.walks.isEmpty && self.farewells.isEmpty && self.transmissions.isEmpty }

    private mutating func add(_ name: QualifiedName, at address: IPv4Address, now: Duration) {
        if self.names[name] == nil { self.scopes[name.scope, default: 0] += 1 }
        self.names[name] = Announced(address: address, schedule: AnnouncementSchedule(at: now))
        self.timers.set(name, at: now)
    }

    private mutating func sayFarewell(to name: QualifiedName, in workgroup: NetBIOSName? = nil) {
        guard let announced = self.remove(name), announced.schedule.hasBegun else { return }
        let workgroup = workgroup ?? self.configuration.workgroup
        self.farewells.append(Farewell(name: name, announced: announced, workgroup: workgroup))
    }

    /// Continues the first walk, by ``NameNode/workLimit`` names at most.
    private mutating func walk(now: Duration, using generator: inout some RandomNumberGenerator) {
        guard let walk = self.walks.first else { return }
        let end = min(walk.next + NameNode.workLimit, walk.names.count)
        for name in walk.names[walk.next..<end] {
            guard let address = self.names[name]?.address else { continue }
            switch walk.task {
            case .answer(let start):
                let milliseconds = Int64.random(in: 0...Self.answerTime.milliseconds, using: &generator)
                self.names[name]?.schedule.answer(at: start + .milliseconds(milliseconds))
                self.timers.set(name, at: self.names[name]?.schedule.deadline)
            case .farewell:
                self.sayFarewell(to: name)
            case .leave(let workgroup):
                self.sayFarewell(to: name, in: workgroup)
                self.add(name, at: address, now: now)
            }
        }
        self.walks[0].next = end
        if end == walk.names.count { self.walks.removeFirst() }
    }
}

// MARK: - Datagrams

extension NameAnnouncer {
    /// Processes a datagram received on the interface.
    ///
    /// A request from a host of the network for announcements of the workgroup is answered after a random delay.
    /// Everything else is ignored.
    ///
    /// - Throws: ``WireError`` for bytes that are not a browser datagram; they are counted.
    public mutating func received(
        _ bytes: [UInt8],
        from source: NameServiceEndpoint,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) throws(WireError) {
        guard source.address != self.configuration.address else { return self.count(.datagram, .own) }
        guard self.configuration.network.contains(source.address) else { return self.count(.datagram, .offLink) }
        let datagram: NetBIOSDatagram
        let frame: BrowserFrame
        do throws(WireError) {
            datagram = try NetBIOSDatagram(decoding: bytes)
            let message = try MailslotWrite(decoding: datagram.userData)
            guard message.isForBrowsers else { return self.count(.datagram, .ignored) }
            frame = try BrowserFrame(decoding: message.data)
        } catch {
            self.count(.malformed, .ignored)
            throw error
        }
        switch frame {
        case .announcementRequest where self.isForUs(datagram.destinationName):
            self.count(.datagram, .accepted)
            self.answerRequest(at: now)
            self.advance(to: now, using: &generator)
        case .announcementRequest, .hostAnnouncement, .other:
            self.count(.datagram, .ignored)
        }
    }

    /// Whether an announcement request applies to the names: it is for the workgroup, in the scope of one of them.
    private func isForUs(_ name: QualifiedName) -> Bool {
        name.name == self.configuration.workgroup.with(.workstation)
            && self.scopes[name.scope] != nil
    }

    /// Gives each name a moment in the time to come at which it answers.
    private mutating func answerRequest(at now: Duration) {
        if let end = self.requestsIgnoredUntil, now < end {
            self.isRequestWaiting = true
            return
        }
        self.requestsIgnoredUntil = now + Self.answerTime
        self.isRequestWaiting = false
        self.walks.append(Walk(task: .answer(since: now), names: Array(self.names.keys)))
    }

    /// Counts a datagram.
    private mutating func count(_ kind: NameServiceCounters.Kind, _ outcome: NameServiceCounters.Outcome) {
        self.counters[kind, outcome] += 1
    }
}

// MARK: - Time

extension NameAnnouncer {
    /// The time of the next call to ``advance(to:using:)``, which may have passed; `nil` for none.
    public var nextDeadline: Duration? {
        guard self.walks.isEmpty else { return .zero }
        var deadlines = [self.timers.first?.deadline, self.isRequestWaiting ? self.requestsIgnoredUntil : nil]
        if !self.farewells.isEmpty || !self.due.isEmpty { deadlines.append(self.pace.nextMoment) }
        return deadlines.compactMap(\.self).min()
    }

    /// Advances the time: announces due names at the permitted rate.
    public mutating func advance(to now: Duration, using generator: inout some RandomNumberGenerator) {
        if self.isRequestWaiting { self.answerRequest(at: now) }
        self.walk(now: now, using: &generator)
        var count = 0
        while count < NameNode.workLimit, let (deadline, name) = self.timers.first, deadline <= now {
            count += 1
            self.timers.removeFirst()
            guard self.names[name]?.isDue == false else { continue }
            self.names[name]?.isDue = true
            self.due.append(name)
        }
        while self.pace.nextMoment <= now {
            if let farewell = self.farewells.popFirst() {
                self.send([], of: farewell.name, farewell.announced, to: farewell.workgroup, using: &generator)
            } else if let name = self.due.popFirst() {
                guard let announced = self.names[name], announced.isDue else { continue }
                self.announce(name, announced, now: now, using: &generator)
            } else {
                return
            }
            _ = self.pace.take(at: now)
        }
    }

    /// Returns the next datagram to send, if any.
    public mutating func nextTransmission() -> DatagramTransmission? {
        self.transmissions.popFirst()
    }

    /// Announces a due name.
    private mutating func announce(
        _ name: QualifiedName,
        _ announced: Announced,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        var announced = announced
        announced.isDue = false
        announced.schedule.announce(at: now)
        self.timers.set(name, at: announced.schedule.deadline)
        self.names[name] = announced
        self.send(.fileServer, of: name, announced, to: self.configuration.workgroup, using: &generator)
    }

    /// Sends from the name's workstation service to the local master browser, in the scope of the name.
    private mutating func send(
        _ serverType: HostAnnouncement.ServerType,
        of name: QualifiedName,
        _ announced: Announced,
        to workgroup: NetBIOSName,
        using generator: inout some RandomNumberGenerator
    ) {
        let announcement = HostAnnouncement(
            name: name.name.textBytes,
            periodicity: announced.schedule.periodicity,
            serverType: serverType
        )
        let datagram = NetBIOSDatagram(
            kind: .directGroup,
            identifier: generator.next(),
            nodeType: self.configuration.nodeType,
            source: NameServiceEndpoint(announced.address, port: self.configuration.port),
            sourceName: QualifiedName(name.name.with(.workstation), scope: name.scope),
            destinationName: QualifiedName(workgroup.with(.localMasterBrowser), scope: name.scope),
            userData: MailslotWrite(to: MailslotWrite.browser, announcement.encoded()).encoded()
        )
        let destination = NameServiceEndpoint(self.configuration.broadcastAddress, port: self.configuration.port)
        self.count(.announcement, .sent)
        self.transmissions.append(
            DatagramTransmission(source: announced.address, destination: destination, datagram: datagram)
        )
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        self.components.seconds * 1000 + self.components.attoseconds / 1_000_000_000_000_000
    }
}
