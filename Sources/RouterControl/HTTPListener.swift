import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import NetBIOSRouter
import Synchronization

/// Serves HTTP on one listening socket, one exchange per connection.
///
/// Hummingbird's HTTP/1 channel and router do the work; its server binds sockets itself, so this accepts from ours, and bounds
/// the connections (``ConnectionPlaces``).
final class HTTPListener: Sendable {
    private let channel: any Channel
    private let connections: HTTPConnections
    private let task: Task<Void, Never>

    private init(channel: any Channel, connections: HTTPConnections, task: Task<Void, Never>) {
        self.channel = channel
        self.connections = connections
        self.task = task
    }

    /// Limits of a connection: 15 s for the header of the request, and as long to take the response.
    private static var configuration: HTTP1Channel.Configuration {
        .init(
            additionalChannelHandlers: [OneExchange()],
            idleTimeout: .seconds(15),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 8 * 1024,
                maxHeaderListSize: 16 * 1024,
                maxHeaderFieldCount: 64
            )
        )
    }

    /// Starts accepting.
    ///
    /// - Parameters:
    ///   - descriptor: A listening socket, which the listener takes over.
    ///   - name: The listener's name in the log.
    ///   - logger: The log of accept failures.
    ///   - responder: The routes.
    /// - Returns: The listener.
    /// - Throws: `IOError` if the event loop refuses the descriptor.
    static func start(
        descriptor: CInt,
        named name: String,
        logger: Logger,
        responder: HTTPRoutes.Responder
    ) async throws -> HTTPListener {
        // Requests are not logged; a change is logged where it is made.
        let silence = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }
        let connections = HTTPConnections()
        let http = HTTP1Channel(
            responder: { request, writer, channel in
                connections.requested(channel)
                let context = BasicRequestContext(source: .init(channel: channel, logger: silence))
                var response =
                    (try? await responder.respond(to: request, context: context))
                    ?? Response(status: .internalServerError)
                if request.method == .head { response = response.createHeadResponse() }
                // Called for each part when those before it are taken.
                let body = response.body.map { part in
                    connections.progressed(channel)
                    return part
                }
                try await writer.write(response: response.head, body: body)
            },
            configuration: Self.configuration
        )
        let server = try await ServerBootstrap(group: try HTTPLoop.shared.get())
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pause = AcceptPause(AcceptFailures(of: name, logger: logger))
                    try channel.pipeline.syncOperations.addHandler(pause)
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(descriptor) { channel in
                connections.add(channel)
                return http.setup(channel: channel, logger: silence).map { connection in
                    connections.givePlaces()
                    return connection
                }
            }
        let task = Task<Void, Never> {
            try? await server.executeThenClose { inbound in
                await withDiscardingTaskGroup { group in
                    do {
                        for try await connection in inbound {
                            group.addTask { await http.handle(value: connection, logger: silence) }
                        }
                    } catch {
                        // The listener is closed.
                    }
                }
            }
        }
        return HTTPListener(channel: server.channel, connections: connections, task: task)
    }

    /// Whether the socket is open; the kernel may have closed it, as `ss -K` does.
    var isOpen: Bool { self.channel.isActive }

    /// Sets whether another listener of this user may bind the port at another address.
    func sharesPort(_ shares: Bool) async {
        let option = ChannelOptions.Types.SocketOption(level: .socket, name: .init(rawValue: SO_REUSEPORT))
        try? await self.channel.setOption(option, value: shares ? 1 : 0).get()
    }

    /// Stops accepting and releases the address before it returns. Pending requests are completed.
    func retire() async {
        try? await self.channel.close().get()
    }

    /// Stops accepting, gives pending requests a moment, and closes every connection.
    func close() async {
        await self.retire()
        let limit = self.connections.closeAll(after: .milliseconds(500), on: self.channel.eventLoop)
        await self.task.value
        limit.cancel()
    }
}
