import Hummingbird
import NetBIOSRouter
import RouteConfig

/// The HTTP routes of the control socket.
struct ControlRoutes: Sendable {
    let router: RouterService
    let source: any ReloadSource
    let version: RouterVersion

    var responder: HTTPRoutes.Responder {
        let routes = HTTPRoutes()
        routes.get("status") { _, _ in try await Response(statusOf: self.router, version: self.version) }
        routes.get("sessions") { _, _ in
            let sessions = await self.router.sessions()
            return try await Response(renderedBy: self.router) { try JSONList.document(sessions) }
        }
        routes.get("names") { _, _ in
            let names = await self.router.nameSnapshot().names
            return try await Response(renderedBy: self.router) { try JSONList.document(names) }
        }
        routes.get("health") { _, _ in
            let health = await self.router.health()
            return try Response(health.isHealthy ? .ok : .serviceUnavailable, json: health)
        }
        // For tests: not documented, and no part of the contract.
        routes.get("debug/turns") { _, _ in try Response(json: await self.router.loopTurns()) }
        routes.post("reload") { _, _ in
            let outcome = await self.router.reload(from: self.source)
            return try Response(outcome.reloaded ? .ok : .unprocessableContent, json: outcome)
        }
        routes.post("sessions/:id/close") { _, context in try await self.close(try context.parameters.require("id")) }
        routes.post("backends/:backend/drain") { _, context in
            try await self.setDraining(true, try context.parameters.require("backend").percentDecoded)
        }
        routes.post("backends/:backend/undrain") { _, context in
            try await self.setDraining(false, try context.parameters.require("backend").percentDecoded)
        }
        return routes.responder(unknownPath: "there is no such path; see nbrouter-api(5), CONTROL SOCKET")
    }

    private func close(_ text: String) async throws -> Response {
        guard let id = SessionID(text) else {
            throw HTTPFailure(.notFound, "a session id has eight hexadecimal digits")
        }
        switch await self.router.close(id) {
        case .closed:
            return try Response(json: CloseReport(closed: "\(id)"))
        case .noSuchSession:
            throw HTTPFailure(.notFound, "no such session: \(id)")
        case .notEnded:
            throw HTTPFailure(.serviceUnavailable, "session \(id) has not ended yet")
        }
    }

    private func setDraining(_ isDraining: Bool, _ text: String) async throws -> Response {
        let backends = await self.router.backends
        let wanted = Backend(text)
        guard let backend = backends.map(\.backend).first(where: { $0.isSame(as: wanted) }) else {
            let some = backends.prefix(10).map(\.backend.description).joined(separator: ", ")
            let more = backends.count > 10 ? " and \(backends.count - 10) more" : ""
            throw HTTPFailure(.notFound, "no route has this backend; the backends are \(some)\(more)")
        }
        _ = isDraining ? await self.router.drain(backend) : await self.router.undrain(backend)
        guard let status = await self.router.backends.first(where: { $0.backend == backend }) else {
            throw HTTPFailure(.notFound, "a reload has just removed the backend")
        }
        return try Response(json: status)
    }
}

/// The response to closing a session.
public struct CloseReport: Hashable, Sendable, Codable {
    /// The session's id.
    public var closed: String
}

extension Backend {
    /// Whether both are the same host, ignoring case, and port.
    fileprivate func isSame(as other: Backend?) -> Bool {
        guard let other else { return false }
        return self.port == other.port && self.host.lowercased() == other.host.lowercased()
    }
}
