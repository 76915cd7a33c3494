import NIOCore
import NIOPosix
import RouteConfig

/// Connects to a route's backends, one after the other, until one takes the connection. Belongs to one event loop.
final class BackendDialer {
    let eventLoop: any EventLoop
    /// For one attempt; `nil` leaves it to the kernel, which gives up after some minutes.
    let connectTimeout: TimeAmount?
    let receiveBuffer: SharedReceiveBuffer
    /// Channels that are being connected: one, or several where a name has several addresses.
    private var connecting: [any Channel] = []
    private var isAbandoned = false

    init(eventLoop: any EventLoop, connectTimeout: TimeAmount?, receiveBuffer: SharedReceiveBuffer) {
        self.eventLoop = eventLoop
        self.connectTimeout = connectTimeout
        self.receiveBuffer = receiveBuffer
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
    }

    /// One backend that was not reached.
    struct Failure {
        var backend: Backend
        var reason: String
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
        let attempts = attempts + 1
        self.connect(to: backend).assumeIsolated().whenComplete { result in
            self.connecting = []
            switch result {
            case .success(let channel):
                promise.succeed(Connection(channel: channel, backend: backend, attempts: attempts))
            case .failure(let error):
                guard !self.isAbandoned else { return promise.fail(AllFailed(attempts: attempts)) }
                onFailure(Failure(backend: backend, reason: ErrorText(error).description))
                self.dial(backends.dropFirst(), attempts: attempts, onFailure: onFailure, promise: promise)
            }
        }
    }

    private func connect(to backend: Backend) -> EventLoopFuture<any Channel> {
        let eventLoop = self.eventLoop
        let receiveBuffer = self.receiveBuffer
        let dialer = NIOLoopBound(self, eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                eventLoop.makeCompletedFuture {
                    try channel.prepareForRelay(receiveBuffer)
                    dialer.value.connecting.append(channel)
                }
            }
            // NIO has a limit of its own where none is given; the kernel's is a few minutes.
            .connectTimeout(self.connectTimeout ?? .hours(24))
        if let address = try? SocketAddress(ipAddress: backend.host, port: Int(backend.port)) {
            return bootstrap.connect(to: address)
        }
        return bootstrap.resolver(HostNameResolver(on: eventLoop))
            .connect(host: backend.host, port: Int(backend.port))
    }
}

@available(*, unavailable)
extension BackendDialer: Sendable {}
