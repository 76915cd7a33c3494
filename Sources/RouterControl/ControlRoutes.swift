import HTTPTypes
import Hummingbird
import NetBIOSRouter
import RouteConfig

extension ControlService {
    /// The routes of the control socket.
    nonisolated var controlResponder: HTTPRoutes.Responder {
        let routes = HTTPRoutes()
        routes.get("status") { _, _ in try await self.status() }
        routes.get("sessions") { _, _ in
            try Response(json: await self.router.sessions().map { SessionReport($0) })
        }
        routes.get("names") { _, _ in
            try Response(json: await self.router.nameSnapshot().names.map { NameReport($0) })
        }
        routes.get("health") { _, _ in
            let health = await self.router.health()
            return try Response(health.isHealthy ? .ok : .serviceUnavailable, json: HealthReport(health))
        }
        routes.post("reload") { _, _ in
            let report = await self.reload()
            return try Response(report.reloaded ? .ok : .unprocessableContent, json: report)
        }
        routes.post("sessions/:id/close") { _, context in try await self.close(try context.parameters.require("id")) }
        routes.post("backends/:backend/drain") { _, context in
            try await self.setDraining(true, try context.parameters.require("backend").percentDecoded)
        }
        routes.post("backends/:backend/undrain") { _, context in
            try await self.setDraining(false, try context.parameters.require("backend").percentDecoded)
        }
        return routes.responder(unknownPath: "there is no such path; see nbrouter(8), CONTROL SOCKET")
    }

    /// The routes of the listener of metrics, where nothing can be changed.
    nonisolated var metricsResponder: HTTPRoutes.Responder {
        let routes = HTTPRoutes(), pages = self.pages
        routes.get("/") { _, _ in try await pages.page("/") { try await self.statusPage() } }
        routes.get("metrics") { _, _ in try await pages.page("metrics") { try await self.metrics() } }
        routes.get("status") { _, _ in try await pages.page("status") { try await self.status() } }
        return routes.responder(unknownPath: "there is no such path")
    }

    private func status() async throws -> Response {
        guard let lastReload = self.lastReload else { throw HTTPFailure.starting }
        let snapshot = await self.router.snapshot()
        return try Response(json: StatusReport(snapshot, version: self.version, lastReload: lastReload))
    }

    private func metrics() async throws -> Response {
        guard let lastReload = self.lastReload else { throw HTTPFailure.starting }
        let metrics = Metrics(
            await self.router.snapshot(),
            version: self.version,
            lastReload: lastReload,
            lastSuccess: self.lastSuccess
        )
        return Response(text: metrics.text, contentType: MetricsText.contentType)
    }

    private func statusPage() async throws -> Response {
        guard let lastReload = self.lastReload else { throw HTTPFailure.starting }
        let snapshot = await self.router.snapshot()
        let page = StatusPage(
            snapshot,
            status: StatusReport(snapshot, version: self.version, lastReload: lastReload),
            health: await self.router.health(),
            history: self.history
        )
        return Response(
            text: page.html,
            contentType: "text/html; charset=utf-8",
            fields: [.contentSecurityPolicy: StatusPage.policy]
        )
    }

    private func close(_ text: String) async throws -> Response {
        guard let id = SessionID(text) else {
            throw HTTPFailure(.notFound, "a session has eight hexadecimal digits, as in the list of sessions")
        }
        switch await self.router.close(id) {
        case .closed:
            return try Response(json: CloseReport(closed: "\(id)"))
        case .noSuchSession:
            throw HTTPFailure(.notFound, "there is no session \(id)")
        case .notEnded:
            throw HTTPFailure(.serviceUnavailable, "session \(id) was asked to end and has not ended yet")
        }
    }

    private func setDraining(_ isDraining: Bool, _ text: String) async throws -> Response {
        let backends = await self.router.backends
        let wanted = Backend(text)
        guard let backend = backends.map(\.backend).first(where: { $0.isSame(as: wanted) }) else {
            let some = backends.prefix(10).map(\.backend.description).joined(separator: ", ")
            let more = backends.count > 10 ? " and \(backends.count - 10) more" : ""
            throw HTTPFailure(.notFound, "no route has this backend; there are \(some)\(more)")
        }
        _ = isDraining ? await self.router.drain(backend) : await self.router.undrain(backend)
        guard let status = await self.router.backends.first(where: { $0.backend == backend }) else {
            throw HTTPFailure(.notFound, "a reload has just taken the backend away")
        }
        return try Response(json: StatusReport.BackendReport(status, nil))
    }
}

extension Backend {
    /// Whether both are the same host, in whatever case, and port.
    fileprivate func isSame(as other: Backend?) -> Bool {
        guard let other else { return false }
        return self.port == other.port && self.host.lowercased() == other.host.lowercased()
    }
}
