public import Logging
import Sockets
import NetBIOS
public import RouteConfig

/// The router: its listeners, its names and its sessions, from start to stop.
///
/// ```text
/// start ──▶ serving ──reload──▶ serving ──stop──▶ stopped
/// ```
/// A reload prepares everything that can fail, then swaps; until then nothing of what serves is touched.
public actor RouterService {
    private let logger: Logger
    let loops: RouterLoops
    private let routes: LiveRoutes
    let registry = SessionRegistry()
    let counters = RouterCounters()
    private let backendPool = BackendPool()
    let names: NameServer
    private var healthChecks: HealthChecks
    private var listeners: SessionListeners
    /// Counts the configurations that were in force since the start; the first is 1.
    public private(set) var generation = 1
    public private(set) var phase = Phase.starting
    /// When the router was made.
    let started = ContinuousClock.now
    /// The reload under way, that the next one waits for.
    private var reloading: Task<Void, Never>?

    /// Where the router is between start and stop.
    public enum Phase: Hashable, Sendable {
        case starting, serving, stopping
    }

    /// - Parameters:
    ///   - configuration: What to serve.
    ///   - loops: What sessions and the name service run on.
    ///   - logger: Where sessions, names and reloads are told of.
    public init(
        _ configuration: RouterConfiguration,
        on loops: RouterLoops,
        logger: Logger
    ) {
        self.logger = logger
        self.loops = loops
        self.routes = LiveRoutes(RouteTable(configuration))
        self.listeners = SessionListeners(
            on: loops.sessions,
            environment: SessionEnvironment(
                routes: self.routes,
                registry: self.registry,
                backendPool: self.backendPool,
                resolver: loops.resolver,
                counters: self.counters,
                memory: loops.memory,
                logger: logger
            )
        )
        self.healthChecks = HealthChecks(
            HealthCheckEnvironment(
                routes: self.routes,
                backendPool: self.backendPool,
                loops: loops.sessions,
                resolver: loops.resolver,
                logger: logger
            )
        )
        self.names = NameServer(on: loops.names, logger: logger)
    }

    /// Binds every port and begins to serve and to claim the names.
    ///
    /// - Throws: ``BindError`` for the first port that cannot be bound, ``ClientSourceError`` where a route asks for more
    ///   than this process may do; nothing is then bound.
    public func start() async throws {
        let configuration = self.routes.current.configuration
        if let problem = configuration.clientSourceProblem() { throw problem }
        let listeners = try await self.listeners.prepare(configuration)
        do {
            try await self.names.start(configuration)
        } catch {
            await listeners.cancel()
            throw error
        }
        _ = self.listeners.commit(listeners)
        for listener in listeners.added.values { self.watch(listener) }
        self.healthChecks.update(to: configuration)
        self.phase = .serving
        self.logger.info(
            "serving",
            metadata: Logger.Metadata([
                .listener: self.listeners.addresses.map(\.description).joined(separator: ","),
                .routes: configuration.routes.count,
                .names: configuration.advertisedNames.count,
            ])
        )
    }

    /// What is in force.
    var configuration: RouterConfiguration { self.routes.current.configuration }

    /// The addresses that sessions are accepted on.
    var sessionAddresses: [Endpoint] { self.listeners.addresses }

    /// Those of them that are not listened on, since the listener has closed by itself and is not open again yet.
    var closedListeners: [String] { self.listeners.closed.map(\.description) }

    // MARK: - Listeners

    /// Opens a listener again that closes though nobody wants it to, as the kernel may have it on a rare error.
    private nonisolated func watch(_ listener: SessionListener) {
        listener.whenClosed { Task { await self.replace(listener) } }
    }

    private func replace(_ closed: SessionListener) async {
        let limiter = LogLimiter<Bool>(interval: .seconds(60))
        while self.listeners.contains(closed) {
            do {
                let listener = try await self.listeners.bindAgain(closed, for: self.routes.current.configuration)
                // A reload or the stop may have come in between.
                guard self.listeners.replace(closed, with: listener) else { return await listener.close() }
                self.watch(listener)
                self.logger.error(
                    "a listener had closed and is open again",
                    metadata: Logger.Metadata([.listener: "TCP \(closed.endpoint.description)"])
                )
            } catch {
                if case .log = limiter.admit(true) {
                    self.logger.error(
                        "a listener has closed and cannot be opened again yet",
                        metadata: error.metadata
                    )
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    // MARK: - Reload

    /// Puts another configuration in force, or leaves everything as it is.
    ///
    /// - Returns: What changed, counted.
    /// - Throws: ``BindError`` when a new port cannot be bound, ``ClientSourceError`` as at the start, ``RouterNotServing``
    ///   before the start and from the stop on.
    public func reload(_ configuration: RouterConfiguration) async throws -> ReloadSummary {
        let previous = self.reloading
        let task = Task {
            await previous?.value
            return try await self.apply(configuration)
        }
        self.reloading = Task { _ = await task.result }
        return try await task.value
    }

    private func apply(_ new: RouterConfiguration) async throws -> ReloadSummary {
        guard self.phase == .serving else { throw RouterNotServing() }
        let former = self.routes.current, old = former.configuration
        if let problem = new.clientSourceProblem() { throw problem }
        let changes = old.changes(to: new)
        let table = RouteTable(new)
        let listeners = try await self.listeners.prepare(new)
        do {
            try await self.names.reload(new)
        } catch {
            await listeners.cancel()
            throw error
        }
        // Sessions that begin from here on have the new routes.
        let leaving = self.registry.replaceRoutes(in: self.routes, with: table, leaving: changes.routesToClose(in: old))
        // To take a large table apart takes a while, for which no session is to wait.
        withExtendedLifetime(former) {}
        self.registry.close(.these(leaving), with: .removed)
        self.backendPool.keep(new.routes)
        self.counters.keep(new.routes)
        self.healthChecks.update(to: new)
        self.loops.resolver.keep(Set(new.routes.flatMap(\.backends).map(\.host)))
        let retired = self.listeners.commit(listeners)
        for listener in listeners.added.values { self.watch(listener) }
        self.generation += 1
        await self.registry.waitUntilEnded(leaving, for: .seconds(1))
        let summary = ReloadSummary(
            generation: self.generation,
            changes: changes,
            sessionsKept: self.registry.sessionCount
        )
        self.logger.info("reloaded", metadata: summary.metadata)
        // Outside of the reload: what is under way on an old listener is accepted at leisure.
        for listener in retired {
            Task {
                await listener.retire()
                self.listeners.forget(listener)
            }
        }
        return summary
    }

    // MARK: - Backends

    /// What is known of every backend of the routes in force: each once, in the order of the file.
    public var backends: [BackendStatus] {
        var seen: Set<Backend> = []
        return self.routes.current.configuration.routes.flatMap(\.backends).filter { seen.insert($0).inserted }.map {
            self.backendPool.status(of: $0, sessions: self.registry.sessionCount(of: $0))
        }
    }

    /// Gives a backend no new sessions any more, on any route; those that it has go on.
    ///
    /// That stands until ``undrain(_:)``, or until a reload leaves no route with the backend.
    /// - Returns: Whether any route has the backend.
    public func drain(_ backend: Backend) -> Bool {
        self.setDraining(true, backend)
    }

    /// Gives a backend new sessions again.
    ///
    /// - Returns: Whether any route has the backend.
    public func undrain(_ backend: Backend) -> Bool {
        self.setDraining(false, backend)
    }

    private func setDraining(_ isDraining: Bool, _ backend: Backend) -> Bool {
        let routes = self.routes.current.configuration.routes
        guard routes.contains(where: { $0.backends.contains(backend) }) else { return false }
        if self.backendPool.setDraining(isDraining, backend) {
            let facts = Logger.Metadata([.backend: backend, .sessions: self.registry.sessionCount(of: backend)])
            if isDraining {
                self.logger.notice("backend draining", metadata: facts)
            } else {
                self.logger.notice("backend no longer draining", metadata: facts)
            }
        }
        return true
    }

    // MARK: - Stop

    /// Stops accepting, releases the names, waits `grace` for sessions to finish, and closes what is left.
    public func stop(grace: Duration) async {
        self.phase = .stopping
        await self.reloading?.value
        self.healthChecks.stop()
        for listener in self.listeners.removeAll() { await listener.close() }
        // What they accepted last is on its own loop, and in the ledger, behind this.
        for loop in self.loops.sessions.all { await loop.handle.run { _ in } }
        self.logger.info("stopping", metadata: Logger.Metadata([.sessions: self.registry.sessionCount]))
        async let released: Void = self.names.stop()
        self.registry.close(.pending, with: .shutdown)
        await self.registry.waitUntilEnded(nil, for: grace)
        self.registry.close(.all, with: .shutdown)
        await released
        await self.registry.waitUntilEnded(nil, for: .seconds(1))
        self.logger.info("stopped")
    }
}

/// A reload that was asked for outside of the time in which the router serves.
public struct RouterNotServing: Error, CustomStringConvertible {
    public let description = "the router is starting or stopping"

    public init() {}
}

extension RouteTableChanges {
    /// Those that are gone or different and say that their sessions end then.
    fileprivate func routesToClose(in old: RouterConfiguration) -> Set<Route.ID> {
        let gone = self.removedRoutes.union(self.changedRoutes)
        return Set(old.routes.filter { $0.onRemove == .close && gone.contains($0.id) }.map(\.id))
    }
}

/// What a reload did, in the numbers of its log line.
public struct ReloadSummary: Sendable {
    /// Counts the configurations that were in force since the start; the first is 1.
    public let generation: Int
    public let changes: RouteTableChanges
    public let sessionsKept: Int

    var metadata: Logger.Metadata {
        Logger.Metadata([
            .generation: self.generation,
            .routesAdded: self.changes.addedRoutes.count,
            .routesRemoved: self.changes.removedRoutes.count,
            .routesChanged: self.changes.changedRoutes.count,
            .namesClaimed: self.changes.claimedNames.count,
            .namesReleased: self.changes.releasedNames.count,
            .sessionsKept: self.sessionsKept,
        ])
    }
}
