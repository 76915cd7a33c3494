import Logging
import NetBIOS
import RouteConfig
import Sockets

/// The listeners of all session addresses: binds those of a configuration, closes the others, and reopens those that
/// the kernel closed.
actor SessionListeners: ReloadParticipant {
    private var listeners: [Endpoint: SessionListener] = [:]
    /// Replaced listeners, while they accept the connections under way.
    private var retiring: [SessionListener] = []
    /// Attempts to reopen listeners that the kernel closed.
    private var reopenings: [Endpoint: Task<Void, Never>] = [:]
    private var configuration = RouterConfiguration()
    private let loops: SessionLoops
    private let environment: SessionEnvironment

    init(on loops: SessionLoops, environment: SessionEnvironment) {
        self.loops = loops
        self.environment = environment
    }

    /// The session addresses, sorted.
    var addresses: [String] { self.listeners.values.map(\.endpoint.description).sorted() }

    /// The session addresses whose socket is closed, sorted.
    var closedAddresses: [String] {
        self.listeners.values.filter { !$0.isOpen }.map(\.endpoint.description).sorted()
    }

    /// Returns the addresses of a configuration.
    ///
    /// Includes each route's own address, unless the wildcard address covers it; it need not be on an interface yet.
    private static func addresses(for configuration: RouterConfiguration) -> Set<Endpoint> {
        let listen = configuration.listen
        var addresses = Set(listen.addresses)
        if !addresses.contains(.any) { addresses.formUnion(configuration.routes.compactMap(\.address)) }
        return Set(addresses.map { Endpoint($0, port: listen.sessionPort) })
    }

    // MARK: - Reload

    /// Listeners that are bound beside those in use.
    struct Prepared: Sendable {
        fileprivate let configuration: RouterConfiguration
        fileprivate var added: [Endpoint: SessionListener] = [:]
    }

    /// Binds the missing addresses.
    ///
    /// - Throws: ``BindError`` for the first address that cannot be bound.
    func prepare(_ configuration: RouterConfiguration) async throws -> Prepared {
        let missing = Self.addresses(for: configuration).filter { self.listeners[$0] == nil }
            .sorted { $0.description < $1.description }
        var prepared = Prepared(configuration: configuration)
        guard !missing.isEmpty else { return prepared }
        let others = self.listeners.values + self.retiring
        for listener in others { await listener.setSharesPort(true) }
        do {
            for endpoint in missing {
                let sharesPort = others.contains { $0.endpoint.port == endpoint.port }
                prepared.added[endpoint] = try await self.bind(endpoint, for: configuration, sharesPort: sharesPort)
            }
            for listener in others { await listener.setSharesPort(false) }
            return prepared
        } catch {
            for listener in others { await listener.setSharesPort(false) }
            await self.cancel(prepared)
            throw error
        }
    }

    /// Puts the new listeners into use, and retires those missing from the configuration.
    func commit(_ prepared: Prepared) {
        self.configuration = prepared.configuration
        let wanted = Self.addresses(for: prepared.configuration)
        for (endpoint, listener) in self.listeners where !wanted.contains(endpoint) {
            self.listeners[endpoint] = nil
            self.reopenings.removeValue(forKey: endpoint)?.cancel()
            self.retiring.append(listener)
            Task {
                await listener.retire()
                self.retiring.removeAll { $0 === listener }
            }
        }
        for (endpoint, listener) in prepared.added { self.use(listener, at: endpoint) }
    }

    func cancel(_ prepared: Prepared) async {
        for listener in prepared.added.values { await listener.close() }
    }

    /// Closes all listeners.
    func close() async {
        for task in self.reopenings.values { task.cancel() }
        let listeners = self.listeners.values + self.retiring
        self.reopenings = [:]
        self.listeners = [:]
        self.retiring = []
        for listener in listeners { await listener.close() }
    }

    private func bind(
        _ endpoint: Endpoint,
        for configuration: RouterConfiguration,
        sharesPort: Bool
    ) async throws(BindError) -> SessionListener {
        try await SessionListener.bind(
            endpoint,
            mayBeAbsent: !configuration.listen.addresses.contains { Endpoint($0, port: endpoint.port) == endpoint },
            sharesPort: sharesPort,
            on: self.loops,
            environment: self.environment
        )
    }

    // MARK: - Unexpected closes

    /// The pause between attempts to reopen a listener.
    private static let retryInterval = Duration.seconds(1)

    private func use(_ listener: SessionListener, at endpoint: Endpoint) {
        self.listeners[endpoint] = listener
        // The kernel closes a listener after rare errors, and an administrator may (ss(8), -K).
        listener.whenClosed { Task { await self.reopen(listener, at: endpoint) } }
    }

    private func reopen(_ closed: SessionListener, at endpoint: Endpoint) {
        guard self.listeners[endpoint] === closed else { return }
        self.reopenings[endpoint] = Task {
            let limiter = LogLimiter<Bool>(interval: .seconds(60))
            while !Task.isCancelled {
                do {
                    let listener = try await self.bind(closed.endpoint, for: self.configuration, sharesPort: false)
                    guard !Task.isCancelled else { return await listener.close() }
                    return self.reopened(listener, at: endpoint)
                } catch {
                    if case .log = limiter.admit(true, from: nil) {
                        self.environment.logger.error(
                            "cannot reopen listener after unexpected close",
                            metadata: error.lifecycleMetadata
                        )
                    }
                    try? await TaskPool.sleep(for: Self.retryInterval)
                }
            }
        }
    }

    private func reopened(_ listener: SessionListener, at endpoint: Endpoint) {
        self.reopenings[endpoint] = nil
        self.use(listener, at: endpoint)
        self.environment.logger.error(
            "listener reopened after unexpected close",
            metadata: Logger.Metadata([.listener: "TCP \(listener.endpoint)"])
        )
    }
}
