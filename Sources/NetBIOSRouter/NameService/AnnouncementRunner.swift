import Logging
import NetBIOS
import Sockets
import RouteConfig

/// Runs one ``NameAnnouncer``, which announces the owned names of one network to its browsers.
///
/// Receives the names from the network's ``NameNodeRunner``, and shares its event loop.
final class AnnouncementRunner {
    private(set) var network: NameNetwork
    private var announcer: NameAnnouncer
    /// Whether names are announced; otherwise they are only withdrawn.
    private var isOn = true
    private var generator = SystemRandomNumberGenerator()
    private let timer: DeadlineTimer
    private let turns: NameTurns
    private var isTurnRequested = false
    private let ports: NamePorts
    private let logger: Logger
    /// Called when all farewells are sent.
    private let farewellSent: () -> Void

    /// Starts without names; `nil` if announcements are disabled.
    init?(
        _ network: NameNetwork,
        _ configuration: RouterConfiguration,
        on loop: EventLoop,
        turns: NameTurns,
        ports: NamePorts,
        logger: Logger,
        farewellSent: @escaping () -> Void
    ) {
        guard let settings = NameAnnouncer.Configuration(network, configuration) else { return nil }
        self.network = network
        self.announcer = NameAnnouncer(settings)
        self.timer = DeadlineTimer(on: loop)
        self.turns = turns
        self.ports = ports
        self.logger = logger
        self.farewellSent = farewellSent
    }

    /// Whether all farewells are sent.
    var isIdle: Bool { self.announcer.isIdle }

    /// The socket of pending farewells; `nil` if there are none.
    var farewellSocket: NameSocket? {
        self.isIdle ? nil : self.network.datagramSocket(for: self.network.address)
    }

    /// The counters of packets received and sent.
    var counters: NameServiceCounters { self.announcer.counters }

    /// Applies settings that may change while names stay. If announcements are disabled, all names are withdrawn.
    func update(_ network: NameNetwork, _ configuration: RouterConfiguration) {
        guard let settings = NameAnnouncer.Configuration(network, configuration) else { return self.releaseAll() }
        self.isOn = true
        self.network = network
        self.announcer.update(settings, now: DeadlineTimer.now, using: &self.generator)
        self.drain()
    }

    /// Announces a name that was claimed, at an address.
    func owned(_ name: QualifiedName, at address: IPv4Address) {
        guard self.isOn else { return }
        self.announcer.owned(name, at: address, now: DeadlineTimer.now, using: &self.generator)
        self.drain()
    }

    /// Withdraws a name that was released.
    func released(_ name: QualifiedName) {
        self.announcer.released(name, now: DeadlineTimer.now, using: &self.generator)
        self.drain()
    }

    /// Drops a name without farewell: another host owns it, or its address is gone.
    func forgotten(_ name: QualifiedName) {
        self.announcer.forgotten(name)
    }

    /// Withdraws all names, and announces none until ``update(_:_:)``.
    func releaseAll() {
        guard self.isOn else { return }
        self.isOn = false
        self.announcer.releaseAll(now: DeadlineTimer.now, using: &self.generator)
        self.drain()
    }

    func stopSilently() {
        self.timer.cancel()
        self.announcer.stopSilently()
    }

    func received(_ bytes: [UInt8], from source: NameServiceEndpoint) {
        do throws(WireError) {
            try self.announcer.received(bytes, from: source, now: DeadlineTimer.now, using: &self.generator)
        } catch {
            self.logger.trace("datagram dropped", metadata: Logger.Metadata([.client: source, .reason: error]))
        }
        self.drain()
    }

    /// Sends the packets of an event, and schedules the next deadline.
    private func drain() {
        while let transmission = self.announcer.nextTransmission() {
            // From the name's own address or, if that is gone, from the network's.
            let addresses = [transmission.source, self.network.address]
            self.ports.send(
                transmission.bytes,
                to: transmission.destination,
                fromFirstOf: addresses.compactMap(self.network.datagramSocket)
            )
        }
        self.timer.set(self.announcer.nextDeadline) { self.requestTurn() }
        if !self.isOn, self.isIdle { self.farewellSent() }
    }

    private func requestTurn() {
        guard !self.isTurnRequested else { return }
        self.isTurnRequested = true
        self.turns.request {
            self.isTurnRequested = false
            self.announcer.advance(to: DeadlineTimer.now, using: &self.generator)
            self.drain()
        }
    }
}

@available(*, unavailable)
extension AnnouncementRunner: Sendable {}

extension NameAnnouncer.Configuration {
    /// The announcer's part of the configuration; `nil` if announcements are disabled.
    init?(_ network: NameNetwork, _ configuration: RouterConfiguration) {
        guard let port = network.datagramPort, let workgroup = configuration.names.workgroup else { return nil }
        self.init(address: network.address, network: network.network, workgroup: workgroup)
        self.port = port
        // In a datagram the value of an H node denotes a datagram server (RFC 1002 §4.4.1).
        self.nodeType = configuration.names.nodeType == .hybrid ? .mixed : configuration.names.nodeType
        self.rate = configuration.names.claimRate
    }
}
