import NIOCore
import NIOPosix

/// The event loops of sessions, each with what its sessions and health checks share.
struct SessionLoops: Sendable {
    let group: MultiThreadedEventLoopGroup
    private let shared: [ObjectIdentifier: Shared]

    private struct Shared: Sendable {
        let receiveBuffer: SharedReceiveBuffer
        let healthCheckTurns: NIOLoopBoundBox<HealthCheckTurns?>
    }

    init(_ group: MultiThreadedEventLoopGroup) {
        self.group = group
        self.shared = Dictionary(
            uniqueKeysWithValues: group.makeIterator().map { eventLoop in
                let shared = Shared(
                    receiveBuffer: SharedReceiveBuffer(eventLoop: eventLoop),
                    healthCheckTurns: .makeEmptyBox(valueType: HealthCheckTurns.self, eventLoop: eventLoop)
                )
                return (ObjectIdentifier(eventLoop), shared)
            }
        )
    }

    /// The buffer that the sessions of a loop read into.
    func receiveBuffer(of eventLoop: any EventLoop) -> SharedReceiveBuffer {
        self.shared[ObjectIdentifier(eventLoop)]?.receiveBuffer ?? SharedReceiveBuffer(eventLoop: eventLoop)
    }

    /// Where the health checks of a loop queue up. On that loop.
    func healthCheckTurns(of eventLoop: any EventLoop) -> HealthCheckTurns {
        guard let box = self.shared[ObjectIdentifier(eventLoop)]?.healthCheckTurns else { return HealthCheckTurns() }
        let turns = box.value ?? HealthCheckTurns()
        box.value = turns
        return turns
    }
}
