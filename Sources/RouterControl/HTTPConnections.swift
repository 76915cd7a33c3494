import NIOCore
import Synchronization

/// The open connections of a listener, by their ``ConnectionPlaces``.
final class HTTPConnections: Sendable {
    private struct State {
        var places = ConnectionPlaces<ObjectIdentifier, String>()
        var channels: [ObjectIdentifier: any Channel] = [:]
        /// Whether a look at idle connections is to come.
        var isLookScheduled = false
    }

    private let state = Mutex(State())

    /// Adds a connection, which is read once it has a place. On its event loop.
    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let ended = self.state.withLock { state in
            state.channels[id] = channel
            return state.places.open(id, from: channel.remoteAddress?.ipAddress, now: .now)
                .flatMap { state.channels[$0] }
        }
        ended?.close(promise: nil)
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { state in
                state.places.close(id)
                state.channels[id] = nil
            }
            self.givePlaces()
        }
    }

    /// Starts what waits, where a place is free.
    func givePlaces() {
        let (starts, ends, loop) = self.state.withLock { state in
            let change = state.places.next(now: .now), channels = state.channels
            let isLookWanted = change.isAnyWaiting && !state.isLookScheduled
            let loop = isLookWanted ? channels.values.first?.eventLoop : nil
            if loop != nil { state.isLookScheduled = true }
            return (change.starts.compactMap { channels[$0] }, change.ends.compactMap { channels[$0] }, loop)
        }
        for channel in starts { channel.setOption(.autoRead, value: true).whenComplete { _ in } }
        for channel in ends { channel.close(promise: nil) }
        loop?.scheduleTask(in: Self.lookInterval) {
            self.state.withLock { $0.isLookScheduled = false }
            self.givePlaces()
        }
    }

    /// The interval of looks at idle connections while others wait.
    private static let lookInterval = TimeAmount.milliseconds(100)

    /// A connection has sent its request.
    func requested(_ channel: any Channel) {
        self.state.withLock { $0.places.requested(ObjectIdentifier(channel)) }
    }

    /// A connection is given the answer, or has taken a part of it.
    func progressed(_ channel: any Channel) {
        self.state.withLock { $0.places.progressed(ObjectIdentifier(channel), now: .now) }
    }

    /// Ends every connection in a moment.
    func closeAll(after delay: TimeAmount, on loop: any EventLoop) -> Scheduled<Void> {
        loop.scheduleTask(in: delay) {
            for channel in self.state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
        }
    }
}
