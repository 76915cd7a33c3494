import Logging
public import RouteConfig

extension RouterService {
    /// The status of every backend of the routes in force: each once, in the order of the file.
    public var backends: [BackendStatus] { self.backendPool.statuses(of: self.configuration, self.registry) }

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
