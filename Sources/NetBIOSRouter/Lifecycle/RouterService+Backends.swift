import Logging
public import RouteConfig

extension RouterService {
    /// The status of the distinct backends of the routes in force, in file order.
    public var backends: [BackendStatus] {
        var seen: Set<Backend> = []
        return self.configuration.routes.flatMap(\.backends).filter { seen.insert($0).inserted }.map {
            self.backendPool.status(of: $0, sessions: self.registry.sessionCount(of: $0))
        }
    }

    /// Stops new sessions to a backend, on any route; existing ones continue.
    ///
    /// Lasts until ``undrain(_:)``, or until a reload removes the backend from all routes.
    /// - Returns: Whether any route has the backend.
    public func drain(_ backend: Backend) -> Bool {
        self.setDraining(true, backend)
    }

    /// Resumes new sessions to a backend.
    ///
    /// - Returns: Whether any route has the backend.
    public func undrain(_ backend: Backend) -> Bool {
        self.setDraining(false, backend)
    }

    private func setDraining(_ isDraining: Bool, _ backend: Backend) -> Bool {
        guard self.configuration.routes.contains(where: { $0.backends.contains(backend) }) else { return false }
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
}
