import Sockets
import RouteConfig

/// How one backend is checked, whichever routes have it.
struct HealthCheck: Hashable, Sendable {
    let backend: Backend
    var kind: Kind
    /// From the beginning of one check to the beginning of the next, give or take a tenth.
    var interval: Duration

    enum Kind: Hashable, Sendable {
        /// It takes a connection.
        case tcp
        /// It answers a negotiate request of SMB, too.
        case smb
    }
}

extension RouterConfiguration {
    /// One check for each backend that some route wants checked: the most thorough that is asked for, as often as the most
    /// frequent.
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
