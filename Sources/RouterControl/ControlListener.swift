import Logging
import NetBIOSRouter
import RouteConfig

/// The control socket: a configuration's is bound, and bound again by a reload where its file was removed.
actor ControlListener: ReloadParticipant {
    private let responder: HTTPRoutes.Responder
    private let logger: Logger
    private var bound: Bound?
    /// The configuration in force; `nil` before the start.
    private var configuration: RouterConfiguration?

    init(_ responder: HTTPRoutes.Responder, logger: Logger) {
        self.responder = responder
        self.logger = logger
    }

    /// A control socket and the listener that answers on it.
    fileprivate struct Bound: Sendable {
        let socket: ControlSocket
        let listener: HTTPListener
    }

    /// The socket of another configuration, which answers already.
    struct Prepared: Sendable {
        fileprivate let configuration: RouterConfiguration
        fileprivate let change: ListenerChange<Bound>
    }

    /// Binds the socket that is wanted, unless it is in place.
    ///
    /// A socket that cannot be bound keeps a reload from taking effect where it is to be another one. At the start, and where
    /// the reload does not change it, the router continues without, unless another router answers on it.
    ///
    /// - Throws: ``ControlSocketError``.
    func prepare(_ configuration: RouterConfiguration) async throws -> Prepared {
        Prepared(configuration: configuration, change: try await self.change(configuration.control))
    }

    private func change(_ path: String?) async throws -> ListenerChange<Bound> {
        guard let path else { return .becomes(nil) }
        if let bound, bound.socket.path == path, bound.socket.isInPlace { return .stays }
        let isChanged = self.configuration.map { $0.control != path } ?? false
        do {
            let socket = try ControlSocket.bind(path)
            let listener = try await HTTPListener.start(
                descriptor: socket.descriptor,
                named: path,
                logger: self.logger,
                responder: self.responder
            )
            return .becomes(Bound(socket: socket, listener: listener))
        } catch let error as ControlSocketError where error.reason != .inUse && !isChanged {
            self.logger.warning("no control socket: commands cannot ask this router", metadata: error.metadata)
            return .becomes(nil)
        }
    }

    func commit(_ prepared: Prepared) async {
        self.configuration = prepared.configuration
        guard case .becomes(let new) = prepared.change else { return }
        let old = self.bound
        self.bound = new
        old?.socket.removeFile()
        await old?.listener.retire()
    }

    func cancel(_ prepared: Prepared) async {
        guard case .becomes(let new?) = prepared.change else { return }
        new.socket.removeFile()
        await new.listener.close()
    }

    /// Removes the file and ends every connection, those last that are being answered.
    func close() async {
        self.bound?.socket.removeFile()
        await self.bound?.listener.close()
        self.bound = nil
    }
}

/// The effect of a reload on a listener.
enum ListenerChange<Bound: Sendable>: Sendable {
    case stays
    case becomes(Bound?)
}
