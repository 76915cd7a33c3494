import NIOCore
import NIOPosix

/// Looks up host names for one connection, through the ``HostLookups`` that all connections share.
///
/// A name server that keeps silent, or fails, does not end sessions to a name that it answered for before: after a second the
/// last answer is taken.
struct HostNameResolver: Resolver, Sendable {
    private let eventLoop: any EventLoop
    private let lookups: HostLookups
    /// Whether IPv4 addresses alone are of use.
    private let isIPv4Only: Bool

    /// How long an answer is waited for where an older one is at hand.
    static let patience = TimeAmount.seconds(1)

    init(on eventLoop: any EventLoop, lookups: HostLookups = .shared, isIPv4Only: Bool = false) {
        self.eventLoop = eventLoop
        self.lookups = lookups
        self.isIPv4Only = isIPv4Only
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        self.addresses(of: host, port: port) { $0.protocol == .inet }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        guard !self.isIPv4Only else { return self.eventLoop.makeSucceededFuture([]) }
        return self.addresses(of: host, port: port) { $0.protocol == .inet6 }
    }

    /// Others may wait for the same answer, so nothing is cancelled.
    func cancelQueries() {}

    private func addresses(
        of host: String,
        port: Int,
        where isWanted: @escaping @Sendable (SocketAddress) -> Bool
    ) -> EventLoopFuture<[SocketAddress]> {
        let eventLoop = self.eventLoop, lookups = self.lookups
        let answer = OneAnswer(eventLoop)
        let impatience = eventLoop.scheduleTask(in: Self.patience) {
            if let addresses = lookups.lastAnswer(for: host) { answer.give(.success(addresses)) }
        }
        lookups.look(up: host) { result in
            eventLoop.execute {
                impatience.cancel()
                answer.give(result)
            }
        }
        return answer.future.map { addresses in
            addresses.filter(isWanted).map { address in
                var address = address
                address.port = port
                return address
            }
        }
    }
}

/// What two may answer, of whom the first counts. Belongs to an event loop.
private struct OneAnswer: Sendable {
    private let promise: NIOLoopBoundBox<EventLoopPromise<[SocketAddress]>?>
    let future: EventLoopFuture<[SocketAddress]>

    init(_ eventLoop: any EventLoop) {
        let promise = eventLoop.makePromise(of: [SocketAddress].self)
        self.future = promise.futureResult
        self.promise = .makeBoxSendingValue(promise, eventLoop: eventLoop)
    }

    func give(_ result: Result<[SocketAddress], any Error>) {
        self.promise.value?.completeWith(result)
        self.promise.value = nil
    }
}
