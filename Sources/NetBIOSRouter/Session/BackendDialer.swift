import Glibc
import NIOCore
import NIOPosix
import RouteConfig

/// Connects to a route's backends, one after the other, until one takes the connection. Belongs to one event loop.
final class BackendDialer {
    let eventLoop: any EventLoop
    /// For one attempt; `nil` leaves it to the kernel, which gives up after some minutes.
    let connectTimeout: TimeAmount?
    let receiveBuffer: SharedReceiveBuffer
    /// The address to connect from, with port 0, where it is not the router's own.
    let source: SocketAddress?
    /// Channels that are being connected: one, or several where a name has several addresses.
    private var connecting: [any Channel] = []
    private var isAbandoned = false

    init(
        eventLoop: any EventLoop,
        connectTimeout: TimeAmount?,
        receiveBuffer: SharedReceiveBuffer,
        source: SocketAddress? = nil
    ) {
        self.eventLoop = eventLoop
        self.connectTimeout = connectTimeout
        self.receiveBuffer = receiveBuffer
        self.source = source
    }

    /// Ends the attempt under way, and makes no other: whoever called is gone.
    func abandon() {
        self.isAbandoned = true
        for channel in self.connecting { channel.close(promise: nil) }
        self.connecting = []
    }

    /// A backend's channel, and how it was come by.
    struct Connection {
        var channel: any Channel
        var backend: Backend
        /// How many backends were tried, this one included.
        var attempts: Int
        /// How long this one took, with the look-up of its name.
        var time: TimeAmount
    }

    /// One backend that was not reached.
    struct Failure {
        var backend: Backend
        var reason: String
        /// Whether it was for want of something here, such as descriptors or ports, and says nothing of the backend.
        var isLocal: Bool
    }

    /// So many backends were tried, and none was reached.
    struct AllFailed: Error {
        var attempts: Int
    }

    /// Tries `backends` in order; a refusal or a time-out of one tries the next at once.
    ///
    /// A host name is resolved off the loop, and all its addresses are tried.
    ///
    /// - Parameters:
    ///   - backends: Which, the one to try first in front.
    ///   - onFailure: Hears at once of each that was not reached, but for the sake of ``abandon()``.
    /// - Returns: The first that was reached; fails with ``AllFailed``.
    func dial(
        _ backends: [Backend],
        onFailure: @escaping (Failure) -> Void
    ) -> EventLoopFuture<Connection>.Isolated {
        let promise = self.eventLoop.makePromise(of: Connection.self)
        self.dial(backends[...], attempts: 0, onFailure: onFailure, promise: promise)
        return promise.futureResult.assumeIsolated()
    }

    private func dial(
        _ backends: ArraySlice<Backend>,
        attempts: Int,
        onFailure: @escaping (Failure) -> Void,
        promise: EventLoopPromise<Connection>
    ) {
        guard !self.isAbandoned, let backend = backends.first else {
            return promise.fail(AllFailed(attempts: attempts))
        }
        let attempts = attempts + 1, begun = NIODeadline.now()
        self.connect(to: backend).assumeIsolated().whenComplete { result in
            self.connecting = []
            switch result {
            case .success(let channel):
                let time = NIODeadline.now() - begun
                promise.succeed(Connection(channel: channel, backend: backend, attempts: attempts, time: time))
            case .failure(let error):
                guard !self.isAbandoned else { return promise.fail(AllFailed(attempts: attempts)) }
                onFailure(Failure(backend, error))
                self.dial(backends.dropFirst(), attempts: attempts, onFailure: onFailure, promise: promise)
            }
        }
    }

    private func connect(to backend: Backend) -> EventLoopFuture<any Channel> {
        let eventLoop = self.eventLoop
        let receiveBuffer = self.receiveBuffer
        let dialer = NIOLoopBound(self, eventLoop: eventLoop)
        let source = self.source
        var bootstrap = ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                eventLoop.makeCompletedFuture {
                    try channel.prepareForRelay(receiveBuffer)
                    for (option, value) in RelaySocketOptions.all {
                        try channel.syncOptions?.setOption(option, value: value)
                    }
                    dialer.value.connecting.append(channel)
                }
            }
            // NIO has a limit of its own where none is given; the kernel's is a few minutes.
            .connectTimeout(self.connectTimeout ?? .hours(24))
        if let source {
            // The port is chosen when it connects, so that one address has as many towards each backend.
            bootstrap = bootstrap.channelOption(.transparent, value: 1).channelOption(.bindAddressNoPort, value: 1)
                .bind(to: source)
        }
        if let address = try? SocketAddress(ipAddress: backend.host, port: Int(backend.port)) {
            guard source == nil || address.protocol == .inet else {
                return eventLoop.makeFailedFuture(NoSourceForIPv6())
            }
            return bootstrap.connect(to: address)
        }
        return bootstrap.resolver(HostNameResolver(on: eventLoop, isIPv4Only: source != nil))
            .connect(host: backend.host, port: Int(backend.port))
    }
}

/// A backend at an IPv6 address is to see the address of a client, which is an IPv4 one.
private struct NoSourceForIPv6: Error, CustomStringConvertible {
    var description: String { "a client's IPv4 address cannot be used towards an IPv6 address" }
}

extension BackendDialer.Failure {
    init(_ backend: Backend, _ error: any Error) {
        let numbers = Self.errorNumbers(of: error)
        self.init(
            backend: backend,
            reason: ErrorText(error).description,
            isLocal: !numbers.isEmpty && numbers.allSatisfy(Self.localErrors.contains)
        )
    }

    /// No descriptors, no memory, no port left.
    private static let localErrors: Set<CInt> = [EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EADDRINUSE]

    private static func errorNumbers(of error: any Error) -> [CInt] {
        switch error {
        case let error as IOError: [error.errnoCode]
        case let error as NIOConnectionError: error.connectionErrors.map { ($0.error as? IOError)?.errnoCode ?? 0 }
        default: []
        }
    }
}

@available(*, unavailable)
extension BackendDialer: Sendable {}
