import Glibc
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import NetBIOSRouter
import Synchronization

/// Answers requests of HTTP on one listening socket, one request a connection.
final class HTTPListener: Sendable {
    typealias Responder = @Sendable (HTTPQuestion) async -> HTTPAnswer

    private let channel: any Channel
    private let connections: OpenConnections
    private let task: Task<Void, Never>

    private init(channel: any Channel, connections: OpenConnections, task: Task<Void, Never>) {
        self.channel = channel
        self.connections = connections
        self.task = task
    }

    /// Begins to accept.
    ///
    /// - Parameters:
    ///   - descriptor: A listening socket, which is the listener's from now on.
    ///   - name: What the log calls it.
    ///   - logger: Where it is told of that connections cannot be accepted.
    ///   - group: The event loops of the connections.
    ///   - limits: What a connection may cost.
    ///   - responder: What is answered.
    /// - Returns: The listener.
    /// - Throws: What the event loop has against the descriptor.
    static func start(
        descriptor: CInt,
        named name: String,
        logger: Logger,
        on group: MultiThreadedEventLoopGroup,
        limits: ConnectionLimits = ConnectionLimits(),
        responder: @escaping Responder
    ) async throws -> HTTPListener {
        let connections = OpenConnections(limit: limits.connections)
        let http = HTTP1Channel(
            responder: { request, writer, channel in
                try? await channel.triggerUserOutboundEvent(AnswerProgress.begun)
                let question = HTTPQuestion(request)
                let answer = await responder(question)
                let body = question.method == .head ? ByteBuffer() : ByteBuffer(bytes: answer.body)
                try await writer.write(response: answer.head, body: ResponseBody(byteBuffer: body))
                channel.triggerUserOutboundEvent(AnswerProgress.written, promise: nil)
            },
            configuration: .init(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 8 * 1024,
                    maxHeaderListSize: 16 * 1024,
                    maxHeaderFieldCount: 64
                )
            )
        )
        // A stranger's bad bytes are nothing to tell of; what a request changes is told of where it is changed.
        let silence = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }
        let server = try await ServerBootstrap(group: group)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pause = AcceptPause(AcceptFailures(of: name, logger: logger))
                    try channel.pipeline.syncOperations.addHandler(pause)
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.add(channel)
                    try channel.pipeline.syncOperations.addHandler(ConnectionGuard(limits))
                }.flatMap { http.setup(channel: channel, logger: silence) }
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

    /// Lets another listener of this user bind to the port at another address, or no longer.
    func sharesPort(_ shares: Bool) async {
        let option = ChannelOptions.Types.SocketOption(level: .socket, name: .init(rawValue: SO_REUSEPORT))
        try? await self.channel.setOption(option, value: shares ? 1 : 0).get()
    }

    /// Stops to accept, and has let go of the address when it returns. Requests that are being answered are answered.
    func retire() async {
        try? await self.channel.close().get()
    }

    /// Stops to accept, gives what is being answered a moment, and ends every connection.
    func close() async {
        await self.retire()
        for _ in 0..<20 where !self.connections.isEmpty { try? await Task.sleep(for: .milliseconds(25)) }
        self.connections.closeAll()
        await self.task.value
    }
}

/// The open connections of a listener, the oldest first.
private final class OpenConnections: Sendable {
    private struct State {
        var channels: [(number: Int, channel: any Channel)] = []
        var count = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { self.state.withLock { $0.channels.isEmpty } }

    /// Notes a connection, and ends the oldest if there are more than the limit.
    func add(_ channel: any Channel) {
        let (number, oldest) = self.state.withLock { state in
            state.count += 1
            state.channels.append((state.count, channel))
            return (state.count, state.channels.count > self.limit ? state.channels.removeFirst().channel : nil)
        }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.channels.removeAll { $0.number == number } }
        }
        oldest?.close(promise: nil)
    }

    func closeAll() {
        for (_, channel) in self.state.withLock({ $0.channels }) { channel.close(promise: nil) }
    }
}
