import Logging
import NetBIOSRouter
import RouteConfig

/// Where operators ask: the control socket and the listener of metrics. Binds what a configuration wants, beside what it had,
/// and lets go of what it does not.
struct OperatorListeners: Sendable {
    private let logger: Logger
    private var control: ServedControl?
    /// The path that the configuration in force has for the control socket, bound or not.
    private var controlPath: String?
    private var metrics: ServedMetrics?

    /// A control socket and who answers on it.
    fileprivate struct ServedControl: Sendable {
        let socket: ControlSocket
        let listener: HTTPListener

        /// Takes the file away and ends every connection, those last that are being answered.
        func close() async {
            self.socket.removeFile()
            await self.listener.close()
        }
    }

    /// A listener of metrics and where it is.
    fileprivate struct ServedMetrics: Sendable {
        let endpoint: MetricsEndpoint
        let listener: HTTPListener
    }

    /// What is answered.
    struct Responders: Sendable {
        let control: HTTPRoutes.Responder
        let metrics: HTTPRoutes.Responder
    }

    init(logger: Logger) {
        self.logger = logger
    }

    /// Whether metrics are served.
    var servesMetrics: Bool { self.metrics != nil }

    /// Listeners that stand ready beside the present ones, before anything is given up. They answer already.
    struct Prepared: Sendable {
        fileprivate var controlPath: String?
        fileprivate var control = Change<ServedControl>.stays
        fileprivate var metrics = Change<ServedMetrics>.stays

        /// Gives up what was bound: the old listeners stay as they are.
        func cancel() async {
            if case .becomes(let added?) = self.control { await added.close() }
            if case .becomes(let added?) = self.metrics { await added.listener.close() }
        }
    }

    /// What becomes of a listener.
    fileprivate enum Change<Served: Sendable>: Sendable {
        case stays
        case becomes(Served?)
    }

    /// Binds what is wanted and not there.
    ///
    /// A control socket that cannot be bound keeps a reload from taking effect where it is to be another one. At the start, and
    /// where the reload does not change it, the router goes on without it, unless another router answers on it.
    ///
    /// - Parameters:
    ///   - configuration: What is wanted.
    ///   - isStart: Whether there is nothing yet.
    ///   - responders: What is answered on new listeners.
    /// - Returns: What ``commit(_:)`` makes the present.
    /// - Throws: ``ControlSocketError`` or ``MetricsSocketError``; the present ones are as they were.
    func prepare(
        _ configuration: RouterConfiguration,
        isStart: Bool,
        responders: Responders
    ) async throws -> Prepared {
        let mayFail = isStart || configuration.control == self.controlPath
        var prepared = Prepared(controlPath: configuration.control)
        prepared.control = try await self.control(
            configuration.control,
            mayFail: mayFail,
            responder: responders.control
        )
        do {
            prepared.metrics = try await self.metrics(configuration.metrics, responder: responders.metrics)
        } catch {
            await prepared.cancel()
            throw error
        }
        return prepared
    }

    private func control(
        _ path: String?,
        mayFail: Bool,
        responder: HTTPRoutes.Responder
    ) async throws -> Change<ServedControl> {
        guard let path else { return .becomes(nil) }
        if let control, control.socket.path == path, control.socket.isInPlace { return .stays }
        do {
            let socket = try ControlSocket.bind(path)
            let listener = try await HTTPListener.start(
                descriptor: socket.descriptor,
                named: path,
                logger: self.logger,
                responder: responder
            )
            return .becomes(ServedControl(socket: socket, listener: listener))
        } catch let error as ControlSocketError where mayFail && error.reason != .inUse {
            self.logger.warning("no control socket: commands cannot ask this router", metadata: error.metadata)
            return .becomes(nil)
        }
    }

    private func metrics(
        _ endpoint: MetricsEndpoint?,
        responder: HTTPRoutes.Responder
    ) async throws -> Change<ServedMetrics> {
        guard let endpoint else { return .becomes(nil) }
        if self.metrics?.endpoint == endpoint { return .stays }
        let sharesPort = self.metrics?.endpoint.port == endpoint.port
        if sharesPort { await self.metrics?.listener.sharesPort(true) }
        let bound = Result { try MetricsSocket.bind(endpoint, sharesPort: sharesPort) }
        if sharesPort { await self.metrics?.listener.sharesPort(false) }
        let descriptor = try bound.get()
        let listener = try await HTTPListener.start(
            descriptor: descriptor,
            named: "TCP \(endpoint)",
            logger: self.logger,
            responder: responder
        )
        await listener.sharesPort(false)
        return .becomes(ServedMetrics(endpoint: endpoint, listener: listener))
    }

    /// Makes what was prepared the present.
    ///
    /// - Returns: What is no longer wanted, to be given up with ``Closing/retire()``.
    mutating func commit(_ prepared: Prepared) -> Closing {
        self.controlPath = prepared.controlPath
        var retired = Closing(control: nil, metrics: nil)
        if case .becomes(let new) = prepared.control {
            retired.control = self.control
            self.control = new
        }
        if case .becomes(let new) = prepared.metrics {
            retired.metrics = self.metrics
            self.metrics = new
        }
        return retired
    }

    /// Takes all of them out, to be closed with ``Closing/close()``.
    mutating func removeAll() -> Closing {
        defer {
            self.control = nil
            self.metrics = nil
        }
        return Closing(control: self.control, metrics: self.metrics)
    }

    /// Listeners that are no longer wanted.
    struct Closing: Sendable {
        fileprivate var control: ServedControl?
        fileprivate var metrics: ServedMetrics?

        /// Lets go of their addresses, so that the next reload can have them. Whoever is being answered is answered.
        func retire() async {
            self.control?.socket.removeFile()
            await self.control?.listener.retire()
            await self.metrics?.listener.retire()
        }

        /// Ends every connection, those last that are being answered.
        func close() async {
            await self.metrics?.listener.close()
            await self.control?.close()
        }
    }
}
