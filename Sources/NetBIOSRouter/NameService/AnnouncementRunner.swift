import Logging
import NetBIOS
import Sockets
import RouteConfig

/// Runs one ``NameAnnouncer``: tells the browsers of one network which names are owned there.
///
/// Hears of the names from the ``NameNodeRunner`` of the network, and belongs to the same event loop.
final class AnnouncementRunner {
    private(set) var network: NameNetwork
    private var announcer: NameAnnouncer
    /// Whether names are announced, and not only taken from the lists.
    private var isOn = true
    private var generator = SystemRandomNumberGenerator()
    private let timer: DeadlineTimer
    private let ports: NamePorts
    private let logger: Logger
    /// Called when every farewell is sent.
    private let farewellSent: () -> Void

    /// Begins without names; `nil` where nothing is announced.
    init?(
        _ network: NameNetwork,
        _ configuration: RouterConfiguration,
        on loop: EventLoop,
        ports: NamePorts,
        logger: Logger,
        farewellSent: @escaping () -> Void
    ) {
        guard let settings = NameAnnouncer.Configuration(network, configuration) else { return nil }
        self.network = network
        self.announcer = NameAnnouncer(settings)
        self.timer = DeadlineTimer(on: loop)
        self.ports = ports
        self.logger = logger
        self.farewellSent = farewellSent
    }

    /// Whether every farewell is sent.
    var isIdle: Bool { self.announcer.isIdle }

    /// The socket that farewells leave from; `nil` when there are none.
    var farewellSocket: NameSocket? {
        self.isIdle ? nil : self.network.datagramSocket(for: self.network.address)
    }

    /// What went in and out.
    var counters: NameServiceCounters { self.announcer.counters }

    /// Takes over what may change while the names stay. Where nothing is announced any longer, all names are taken from the
    /// lists.
    func update(_ network: NameNetwork, _ configuration: RouterConfiguration) {
        guard let settings = NameAnnouncer.Configuration(network, configuration) else { return self.releaseAll() }
        self.isOn = true
        self.network = network
        self.announcer.update(settings, now: DeadlineTimer.now, using: &self.generator)
        self.drain()
    }

    /// A name is the router's, at an address.
    func owned(_ name: QualifiedName, at address: IPv4Address) {
        guard self.isOn else { return }
        self.announcer.owned(name, at: address, now: DeadlineTimer.now, using: &self.generator)
        self.drain()
    }

    /// A name was given up.
    func released(_ name: QualifiedName) {
        self.announcer.released(name, now: DeadlineTimer.now, using: &self.generator)
        self.drain()
    }

    /// A name is another host's, or its address is gone.
    func forgotten(_ name: QualifiedName) {
        self.announcer.forgotten(name)
    }

    /// All names are taken from the lists, and none is announced until another ``update(_:_:)``.
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

    /// Sends what came of an event, and sees to the next one.
    private func drain() {
        while let transmission = self.announcer.nextTransmission() {
            // From the address of its name, or where that is gone from the network's own.
            let addresses = [transmission.source, self.network.address]
            self.ports.send(
                transmission.bytes,
                to: transmission.destination,
                fromFirstOf: addresses.compactMap(self.network.datagramSocket)
            )
        }
        self.timer.set(self.announcer.nextDeadline) {
            self.announcer.advance(to: DeadlineTimer.now, using: &self.generator)
            self.drain()
        }
        if !self.isOn, self.isIdle { self.farewellSent() }
    }
}

@available(*, unavailable)
extension AnnouncementRunner: Sendable {}

extension NameAnnouncer.Configuration {
    /// An announcer's share of the settings; `nil` where nothing is announced.
    init?(_ network: NameNetwork, _ configuration: RouterConfiguration) {
        guard let port = network.datagramPort, let workgroup = configuration.names.workgroup else { return nil }
        self.init(address: network.address, network: network.network, workgroup: workgroup)
        self.port = port
        // In a datagram the value of an H node stands for a datagram server (RFC 1002 §4.4.1).
        self.nodeType = configuration.names.nodeType == .hybrid ? .mixed : configuration.names.nodeType
        self.rate = configuration.names.claimRate
    }
}
