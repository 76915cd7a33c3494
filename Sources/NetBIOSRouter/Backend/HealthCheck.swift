import Sockets
import RouteConfig

/// The check of one backend, shared by its routes.
struct HealthCheck: Hashable, Sendable {
    let backend: Backend
    var kind: Kind
    /// The time between the starts of two checks, with 10 % jitter.
    var interval: Duration

    enum Kind: Hashable, Sendable {
        /// Connects.
        case tcp
        /// Connects and negotiates SMB.
        case smb
    }
}

extension RouterConfiguration {
    /// The check of each backend that some route has checked: the most thorough kind, at the shortest interval.
    var healthChecks: [Backend: HealthCheck] {
        var checks: [Backend: HealthCheck] = [:]
        for route in self.routes {
            let kind: HealthCheck.Kind
            switch route.healthCheck {
            case .none: continue
            case .tcp: kind = .tcp
            case .smb: kind = .smb
            }
            let interval = route.healthInterval
            for backend in route.backends {
                var check = checks[backend] ?? HealthCheck(backend: backend, kind: kind, interval: interval)
                if kind == .smb { check.kind = .smb }
                check.interval = min(check.interval, interval)
                checks[backend] = check
            }
        }
        return checks
    }
}
