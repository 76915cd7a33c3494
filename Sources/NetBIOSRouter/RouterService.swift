public import Logging
import NetBIOS
public import RouteConfig
import Sockets

/// The router: its listeners, its names and its sessions, from start to stop.
public actor RouterService {
    let logger: Logger
    let loops: RouterLoops
    let routes: LiveRoutes
    let registry = SessionRegistry()
    let counters = RouterCounters()
    let backendPool = BackendPool()
    private(set) var lifecycle = Lifecycle.starting
    private let reloads = ReloadQueue()
    /// The outcome of the start or of the last reload; `nil` before.
    private(set) var lastReload: ReloadOutcome?
    /// The time when the configuration was put in force.
    private(set) var lastSuccess = Timestamp.now()
    /// The time when the router was created.
    let started = ContinuousClock.now

    /// - Parameters:
    ///   - configuration: The first configuration.
    ///   - loops: The threads of the router.
    ///   - logger: The log of sessions, names and reloads.
    public init(_ configuration: RouterConfiguration, on loops: RouterLoops, logger: Logger) {
        self.logger = logger
        self.loops = loops
        self.routes = LiveRoutes(RouteTable(configuration))
    }

    /// The configuration in force.
    var configuration: RouterConfiguration { self.routes.current.configuration }

    // MARK: - Start

    /// Binds all ports, starts serving and claims the names.
    ///
    /// - Parameters:
    ///   - check: The diagnostics of the configuration's files.
    ///   - operators: Listeners for operators, which take part in the start and in every reload.
    /// - Throws: A ``LifecycleError``, such as ``BindError`` for the first port that cannot be bound; nothing is then bound.
    public func start(check: LoadReport, with operators: [any ReloadParticipant] = []) async throws {
        let configuration = self.configuration
        let serving = self.serving(operators)
        try await Reload(to: configuration, serving.participants).commit()
        serving.healthChecks.update(to: configuration)
        self.lifecycle = .serving(serving)
        self.took(ReloadOutcome(startedWith: check))
        let addresses = await serving.listeners.addresses
        self.logger.info(
            "serving",
            metadata: Logger.Metadata([
                .listener: addresses.joined(separator: ","),
                .routes: configuration.routes.count,
                .names: configuration.advertisedNames.count,
            ])
        )
    }

    private func serving(_ operators: [any ReloadParticipant]) -> Lifecycle.Serving {
        Lifecycle.Serving(
            listeners: SessionListeners(
                on: self.loops.sessions,
                environment: SessionEnvironment(
                    routes: self.routes,
                    registry: self.registry,
                    backendPool: self.backendPool,
                    resolver: self.loops.resolver,
                    counters: self.counters,
                    memory: self.loops.memory,
                    logger: self.logger
                )
            ),
            names: NameServer(on: self.loops.names, logger: self.logger),
            healthChecks: HealthChecks(
                HealthCheckEnvironment(
                    routes: self.routes,
                    backendPool: self.backendPool,
                    loops: self.loops.sessions,
                    resolver: self.loops.resolver,
                    logger: self.logger
                )
            ),
            operators: operators
        )
    }

    // MARK: - Reload

    /// Reads the files and applies them completely, or not at all.
    ///
    /// - Returns: The outcome of a reload that began after the call.
    @discardableResult
    public func reload(from source: any ReloadSource) async -> ReloadOutcome {
        await self.reloads.next { await self.performReload(from: source) }
    }

    private func performReload(from source: any ReloadSource) async -> ReloadOutcome {
        // The service manager would mistake the end of a reload for that of the start or the stop.
        let isServing = self.lifecycle.serving != nil
        if isServing { source.reloadBegan() }
        let outcome = await self.putInForce(await self.loops.files.run { source.load() })
        // The router may have been stopped meanwhile.
        guard isServing, self.lifecycle.serving != nil else { return outcome }
        self.took(outcome)
        source.reloadEnded(status: self.statusLine)
        return outcome
    }

    private func putInForce(_ result: LoadResult) async -> ReloadOutcome {
        let check = LoadReport(result)
        guard let configuration = result.configuration else {
            self.logger.error("not reloaded: the file is invalid, the old configuration stays in force")
            return ReloadOutcome(check: check, generation: self.generation, failure: nil)
        }
        do {
            let changes = try await self.apply(configuration)
            let outcome = ReloadOutcome(check: check, generation: self.generation, changes: changes)
            self.logger.info("reloaded", metadata: changes.metadata(generation: outcome.generation))
            return outcome
        } catch let error as RouterNotServing {
            self.logger.notice("not reloaded", metadata: Logger.Metadata([.reason: error]))
            return ReloadOutcome(check: check, generation: self.generation, failure: error)
        } catch {
            self.logger.error("not reloaded: the old configuration stays in force", metadata: error.lifecycleMetadata)
            return ReloadOutcome(check: check, generation: self.generation, failure: error)
        }
    }

    private func apply(_ new: RouterConfiguration) async throws -> ReloadOutcome.Changes {
        guard let serving = self.lifecycle.serving else { throw RouterNotServing() }
        let transaction = Task { try await self.transact(new, serving) }
        serving.transaction = transaction
        return try await transaction.value
    }

    private func transact(
        _ new: RouterConfiguration,
        _ serving: Lifecycle.Serving
    ) async throws -> ReloadOutcome.Changes {
        let former = self.routes.current, table = RouteTable(new)
        let changes = former.configuration.changes(to: new)
        let reload = try await Reload(to: new, serving.participants)
        // From here on new sessions use the new routes.
        let leaving = self.registry.replaceRoutes(
            in: self.routes,
            with: table,
            leaving: changes.routesToClose(in: former.configuration)
        )
        // Freeing a large table takes time, which must not delay sessions.
        withExtendedLifetime(former) {}
        self.registry.close(.these(leaving), with: .removed)
        self.backendPool.keep(new.routes)
        self.counters.keep(new.routes)
        self.loops.resolver.keep(Set(new.routes.flatMap(\.backends).map(\.host)))
        serving.healthChecks.update(to: new)
        await reload.commit()
        await self.registry.waitUntilEnded(leaving, for: .seconds(1))
        return ReloadOutcome.Changes(changes, sessionsKept: self.registry.sessionCount)
    }

    private func took(_ outcome: ReloadOutcome) {
        self.lastReload = outcome
        if outcome.reloaded { self.lastSuccess = .now() }
    }

    // MARK: - Stop

    /// Stops accepting, releases the names, waits `grace` for sessions to finish, and closes those that are left.
    public func stop(grace: Duration) async {
        guard let serving = self.lifecycle.serving else { return }
        let names = serving.names
        self.lifecycle = .stopping(Lifecycle.Stopping(names: names))
        _ = await serving.transaction?.result
        serving.healthChecks.stop()
        await serving.listeners.close()
        // Waits for sessions in the registry that the loops accepted last.
        for loop in self.loops.sessions.all { await loop.handle.run { _ in } }
        self.logger.info("stopping", metadata: Logger.Metadata([.sessions: self.registry.sessionCount]))
        async let released: Void = names.stop()
        self.registry.close(.pending, with: .shutdown)
        await self.registry.waitUntilEnded(nil, for: grace)
        self.registry.close(.all, with: .shutdown)
        await released
        await self.registry.waitUntilEnded(nil, for: .seconds(1))
        self.lifecycle = .stopped
        self.logger.info("stopped")
    }
}

extension RouteTableChanges {
    /// Returns the removed or changed routes whose sessions end.
    fileprivate func routesToClose(in old: RouterConfiguration) -> Set<Route.ID> {
        let gone = self.removedRoutes.union(self.changedRoutes)
        return Set(old.routes.filter { $0.onRemove == .close && gone.contains($0.id) }.map(\.id))
    }
}
