import HTTPTypes
import Hummingbird
import Logging
import NetBIOSRouter
import RouteConfig
import Sockets

/// The read-only HTTP listener of metrics and status page.
actor MetricsListener: ReloadParticipant {
    private let router: RouterService
    private let version: RouterVersion
    private let logger: Logger
    private let pages = PageCache()
    /// The names that the listener may be called by.
    private var hosts = AllowedHosts()
    private var bound: Bound?
    /// The traffic since the listener was bound, for the graphs of the status page.
    private var history = TrafficHistory()
    private var sampling: Task<Void, Never>?

    init(_ router: RouterService, version: RouterVersion, logger: Logger) {
        self.router = router
        self.version = version
        self.logger = logger
    }

    /// A listener and its address.
    fileprivate struct Bound: Sendable {
        let endpoint: MetricsEndpoint
        let listener: HTTPListener
    }

    /// A listener that already serves, for a configuration not yet in force.
    struct Prepared: Sendable {
        fileprivate let change: ListenerChange<Bound>
    }

    // MARK: - Reload

    /// Binds the configured address, unless it is already bound.
    ///
    /// - Throws: ``MetricsSocketError``.
    func prepare(_ configuration: RouterConfiguration) async throws -> Prepared {
        guard let endpoint = configuration.metrics else { return Prepared(change: .becomes(nil)) }
        self.hosts = AllowedHosts(machine: await self.router.machineNames())
        if self.bound?.endpoint == endpoint, self.bound?.listener.isOpen == true { return Prepared(change: .stays) }
        let sharesPort = self.bound?.endpoint.port == endpoint.port
        if sharesPort { await self.bound?.listener.sharesPort(true) }
        let socket = Result { try MetricsSocket.bind(endpoint, sharesPort: sharesPort) }
        if sharesPort { await self.bound?.listener.sharesPort(false) }
        let listener = try await HTTPListener.start(
            descriptor: try socket.get(),
            named: "TCP \(endpoint)",
            logger: self.logger,
            responder: self.responder
        )
        await listener.sharesPort(false)
        return Prepared(change: .becomes(Bound(endpoint: endpoint, listener: listener)))
    }

    func commit(_ prepared: Prepared) async {
        guard case .becomes(let new) = prepared.change else { return }
        let old = self.bound
        self.bound = new
        if new == nil {
            self.sampling?.cancel()
            self.sampling = nil
            self.history = TrafficHistory()
        } else if self.sampling == nil {
            self.sampling = Task { await self.sample() }
        }
        await old?.listener.retire()
    }

    func cancel(_ prepared: Prepared) async {
        guard case .becomes(let new?) = prepared.change else { return }
        await new.listener.close()
    }

    /// Closes every connection, after pending responses.
    func close() async {
        self.sampling?.cancel()
        await self.bound?.listener.close()
        self.bound = nil
    }

    /// Samples the traffic at the history's interval.
    private func sample() async {
        while !Task.isCancelled {
            let router = self.router, sessions = await router.sessionCount, history = self.history
            let next = await router.render {
                var history = history
                history.add(sessions: sessions, router.traffic)
                return history
            }
            // The listener may have gone meanwhile.
            guard !Task.isCancelled else { return }
            self.history = next
            try? await TaskPool.sleep(for: TrafficHistory.interval)
        }
    }

    // MARK: - Pages

    private nonisolated var responder: HTTPRoutes.Responder {
        let pages = self.pages
        let routes = HTTPRoutes { request in try await self.hosts.check(request) }
        routes.get("/") { _, _ in try await pages.page("/") { try await self.statusPage() } }
        routes.get("metrics") { _, _ in try await pages.page("metrics") { try await self.metrics() } }
        routes.get("status") { _, _ in
            try await pages.page("status") { try await Response(statusOf: self.router, version: self.version) }
        }
        return routes.responder(unknownPath: "no such path")
    }

    private nonisolated func metrics() async throws -> Response {
        guard let metrics = Metrics(await self.router.snapshot(), version: self.version) else {
            throw HTTPFailure.starting
        }
        let text = await self.router.render { metrics.text }
        return Response(text: text, contentType: MetricsText.contentType)
    }

    private func statusPage() async throws -> Response {
        guard let status = StatusReport(await self.router.snapshot(), version: self.version) else {
            throw HTTPFailure.starting
        }
        let page = StatusPage(status, health: await self.router.health(), history: self.history)
        let text = await self.router.render {
            var text = ChunkedText()
            text += page.html
            return text
        }
        return Response(
            text: text,
            contentType: "text/html; charset=utf-8",
            fields: [.contentSecurityPolicy: StatusPage.policy]
        )
    }
}

extension Response {
    /// Makes the response with the router's status, shared by both listeners.
    ///
    /// - Throws: ``HTTPFailure`` before the router has started.
    init(statusOf router: RouterService, version: RouterVersion) async throws {
        guard let status = StatusReport(await router.snapshot(), version: version) else { throw HTTPFailure.starting }
        try await self.init(renderedBy: router) { try status.json() }
    }
}
