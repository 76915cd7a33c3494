import Logging
import NetBIOSRouter
import RouteConfig
import Sockets

/// The listener on the control socket. A reload binds it again if its path changed or its file was removed.
actor ControlListener: ReloadParticipant {
    private let responder: HTTPRoutes.Responder
    /// The thread that works on the socket's file: a directory that cannot be reached holds up nothing else.
    private let files: BlockingPool
    private let logger: Logger
    private var bound: Bound?
    /// The configuration in force; `nil` before the start.
    private var configuration: RouterConfiguration?

    init(_ responder: HTTPRoutes.Responder, files: BlockingPool, logger: Logger) {
        self.responder = responder
        self.files = files
        self.logger = logger
    }

    /// A control socket and its listener.
    fileprivate struct Bound: Sendable {
        let socket: ControlSocket
        let listener: HTTPListener
    }

    /// A control socket that already serves, for a configuration not yet in force.
    struct Prepared: Sendable {
        fileprivate let configuration: RouterConfiguration
        fileprivate let change: ListenerChange<Bound>
    }

    /// Binds the control socket, unless it is already in place.
    ///
    /// A socket that cannot be bound fails a reload that changes the path. At the start, and if the reload does not
    /// change the path, the router continues without a control socket, unless another router listens on it.
    ///
    /// - Throws: ``ControlSocketError``.
    func prepare(_ configuration: RouterConfiguration) async throws -> Prepared {
        Prepared(configuration: configuration, change: try await self.change(configuration.control))
    }

    private func change(_ path: String?) async throws -> ListenerChange<Bound> {
        guard let path else { return .becomes(nil) }
        let former = self.bound?.socket
        if let former, former.path == path, await self.files.run({ former.isInPlace }) { return .stays }
        let isChanged = self.configuration.map { $0.control != path } ?? false
        do {
            let socket = try await self.files.run {
                Result { () throws(ControlSocketError) in try ControlSocket.bind(path, replacing: former) }
            }.get()
            let listener = try await HTTPListener.start(
                descriptor: socket.descriptor,
                named: path,
                logger: self.logger,
                responder: self.responder
            )
            return .becomes(Bound(socket: socket, listener: listener))
        } catch let error as ControlSocketError where error.reason != .inUse && !isChanged {
            self.logger.warning("cannot bind the control socket, continuing without it", metadata: error.metadata)
            return .becomes(nil)
        }
    }

    func commit(_ prepared: Prepared) async {
        self.configuration = prepared.configuration
        guard case .becomes(let new) = prepared.change else { return }
        let old = self.bound
        self.bound = new
        if let old { await self.files.run { old.socket.removeFile() } }
        await old?.listener.retire()
    }

    func cancel(_ prepared: Prepared) async {
        guard case .becomes(let new?) = prepared.change else { return }
        await self.files.run { new.socket.removeFile() }
        await new.listener.close()
    }

    /// Removes the file and closes every connection, after pending responses.
    func close() async {
        guard let bound else { return }
        self.bound = nil
        await self.files.run { bound.socket.removeFile() }
        await bound.listener.close()
    }
}

/// The change of a listener by a reload.
enum ListenerChange<Bound: Sendable>: Sendable {
    case stays
    case becomes(Bound?)
}
