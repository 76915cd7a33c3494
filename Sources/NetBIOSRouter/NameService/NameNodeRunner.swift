import Logging
import NIOCore
import NetBIOS
import RouteConfig

/// Runs one ``NameNode``: gives it datagrams, time and chance, sends what it wants sent and logs what happens to its names.
///
/// Belongs to the event loop of its ``NameServer``.
final class NameNodeRunner {
    private(set) var network: NameNetwork
    private var node: NameNode
    private var generator = SystemRandomNumberGenerator()
    private var timer: Scheduled<Void>?
    private let server: NameServer
    private let eventLoop: any EventLoop
    private let logger: Logger

    init(
        _ network: NameNetwork, _ configuration: RouterConfiguration, on eventLoop: any EventLoop,
        server: NameServer, logger: Logger
    ) {
        self.network = network
        self.node = NameNode(NameNode.Configuration(network, configuration))
        self.node.ownAddresses = Set(network.localAddresses)
        self.eventLoop = eventLoop
        self.server = server
        self.logger = logger
    }

    /// Whether nothing is left to release.
    var isIdle: Bool { self.node.isIdle }

    /// Takes over what may change while the names stay.
    func update(_ network: NameNetwork, _ configuration: RouterConfiguration) {
        self.network = network
        self.node.ownAddresses = Set(network.localAddresses)
        self.node.update(NameNode.Configuration(network, configuration))
    }

    /// Claims the added names, releases the removed ones, and forgets without a word those whose address has gone.
    func setNames(_ names: [AdvertisedName]) {
        let vanished = self.node.names.map(\.advertised).filter { name in
            name.address.map { !self.network.localAddresses.contains($0) } ?? false
        }
        for name in vanished { self.node.forget(name.name) }
        self.node.setNames(names, now: Self.now, using: &self.generator)
        self.drain(from: self.network.address)
    }

    func releaseAll() {
        self.node.releaseAll(now: Self.now, using: &self.generator)
        self.drain(from: self.network.address)
    }

    func stopSilently() {
        self.timer?.cancel()
        self.node.stopSilently()
    }

    func received(_ bytes: [UInt8], from source: NameServiceEndpoint, broadcast: Bool, replyFrom address: IPv4Address) {
        do throws(WireError) {
            try self.node.received(
                bytes, from: source, wasBroadcast: broadcast, now: Self.now, using: &self.generator)
        } catch {
            self.logger.trace(
                "datagram dropped",
                metadata: Logger.Metadata([.client: source, .reason: error])
            )
        }
        self.drain(from: address)
    }

    /// Sends and tells what came of an event, and sees to the next one.
    private func drain(from address: IPv4Address) {
        while let transmission = self.node.nextTransmission() {
            self.server.assumeIsolated { $0.send(transmission, from: address) }
        }
        while let event = self.node.nextEvent() { self.log(event) }
        self.timer?.cancel()
        self.timer = self.node.nextDeadline.map { deadline in
            self.eventLoop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(deadline.nanoseconds)) {
                self.node.advance(to: Self.now, using: &self.generator)
                self.drain(from: self.network.address)
                self.server.assumeIsolated { $0.flush() }
            }
        }
    }
}
