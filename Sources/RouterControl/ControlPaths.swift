import HTTPTypes
import NetBIOSRouter
import RouteConfig

extension ControlService {
    /// Answers a request on the control socket.
    func answer(_ question: HTTPQuestion) async -> HTTPAnswer {
        let path = question.path
        switch path.count {
        case 1 where path[0] == "reload":
            return await question.changing { await self.reloadAnswer() }
        case 1:
            return await self.reading(path[0], question)
        case 3 where path[0] == "sessions" && path[2] == "close":
            return await question.changing { await self.close(path[1]) }
        case 3 where path[0] == "backends" && path[2] == "drain":
            return await question.changing { await self.setDraining(true, path[1]) }
        case 3 where path[0] == "backends" && path[2] == "undrain":
            return await question.changing { await self.setDraining(false, path[1]) }
        default:
            return .unknownPath
        }
    }

    /// Answers a request that changes nothing.
    private func reading(_ name: String, _ question: HTTPQuestion) async -> HTTPAnswer {
        guard ["status", "sessions", "names", "health"].contains(name) else { return .unknownPath }
        guard question.isReading else { return .wrongMethod(allowed: "GET, HEAD") }
        switch name {
        case "sessions": return HTTPAnswer(json: await self.router.sessions().map { SessionReport($0) })
        case "names": return HTTPAnswer(json: await self.router.nameSnapshot().names.map { NameReport($0) })
        case "health": return await self.healthAnswer()
        default: return await self.statusAnswer()
        }
    }

    private func statusAnswer() async -> HTTPAnswer {
        guard let lastReload = self.lastReload else { return .starting }
        let snapshot = await self.router.snapshot()
        return HTTPAnswer(json: StatusReport(snapshot, version: self.version, lastReload: lastReload))
    }

    /// Answers a request on the listener of metrics, where nothing can be changed.
    func metricsAnswer(_ question: HTTPQuestion) async -> HTTPAnswer {
        let name = question.path.joined(separator: "/")
        guard ["", "metrics", "status"].contains(name) else { return .failure(.notFound, "there is no such path") }
        guard question.isReading else { return .wrongMethod(allowed: "GET, HEAD") }
        return await self.pages.page(name) {
            switch name {
            case "metrics": await self.metricsPage()
            case "status": await self.statusAnswer()
            default: await self.statusPage()
            }
        }
    }

    private func metricsPage() async -> HTTPAnswer {
        guard let lastReload = self.lastReload else { return .starting }
        let metrics = Metrics(
            await self.router.snapshot(),
            version: self.version,
            lastReload: lastReload,
            lastSuccess: self.lastSuccess
        )
        return HTTPAnswer(text: metrics.text, contentType: MetricsText.contentType)
    }

    private func statusPage() async -> HTTPAnswer {
        guard let lastReload = self.lastReload else { return .starting }
        let snapshot = await self.router.snapshot()
        let page = StatusPage(
            snapshot,
            status: StatusReport(snapshot, version: self.version, lastReload: lastReload),
            health: await self.router.health(),
            history: self.history
        )
        var answer = HTTPAnswer(text: page.html, contentType: "text/html; charset=utf-8")
        answer.fields[.contentSecurityPolicy] = StatusPage.policy
        return answer
    }

    private func healthAnswer() async -> HTTPAnswer {
        let health = await self.router.health()
        return HTTPAnswer(health.isHealthy ? .ok : .serviceUnavailable, json: HealthReport(health))
    }

    private func reloadAnswer() async -> HTTPAnswer {
        let report = await self.reload()
        return HTTPAnswer(report.reloaded ? .ok : .unprocessableContent, json: report)
    }

    private func close(_ text: String) async -> HTTPAnswer {
        guard let id = SessionID(text) else {
            return .failure(.notFound, "a session has eight hexadecimal digits, as in the list of sessions")
        }
        switch await self.router.close(id) {
        case .closed:
            return HTTPAnswer(json: CloseReport(closed: "\(id)"))
        case .noSuchSession:
            return .failure(.notFound, "there is no session \(id)")
        case .notEnded:
            return .failure(.serviceUnavailable, "session \(id) was asked to end and has not ended yet")
        }
    }

    private func setDraining(_ isDraining: Bool, _ text: String) async -> HTTPAnswer {
        let backends = await self.router.backends
        let wanted = Backend(text)
        guard let backend = backends.map(\.backend).first(where: { $0.isSame(as: wanted) }) else {
            let some = backends.prefix(10).map(\.backend.description).joined(separator: ", ")
            let more = backends.count > 10 ? " and \(backends.count - 10) more" : ""
            return .failure(.notFound, "no route has this backend; there are \(some)\(more)")
        }
        _ = isDraining ? await self.router.drain(backend) : await self.router.undrain(backend)
        guard let status = await self.router.backends.first(where: { $0.backend == backend }) else {
            return .failure(.notFound, "a reload has just taken the backend away")
        }
        return HTTPAnswer(json: StatusReport.BackendReport(status, nil))
    }
}

extension HTTPQuestion {
    /// Does what changes something, if the method is the one for that.
    fileprivate func changing(_ change: () async -> HTTPAnswer) async -> HTTPAnswer {
        guard self.method == .post else { return .wrongMethod(allowed: "POST") }
        return await change()
    }
}

extension HTTPAnswer {
    fileprivate static var starting: HTTPAnswer {
        .failure(.serviceUnavailable, "the router is starting")
    }

    fileprivate static var unknownPath: HTTPAnswer {
        .failure(.notFound, "there is no such path; see nbrouter(8), CONTROL SOCKET")
    }
}

extension Backend {
    /// Whether both are the same host, in whatever case, and port.
    fileprivate func isSame(as other: Backend?) -> Bool {
        guard let other else { return false }
        return self.port == other.port && self.host.lowercased() == other.host.lowercased()
    }
}
