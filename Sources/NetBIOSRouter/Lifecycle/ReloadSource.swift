public import RouteConfig

/// The origin of a router's configuration, which also observes its reloads.
public protocol ReloadSource: Sendable {
    /// Reads the files. Called on a thread that may block.
    func load() -> LoadResult
    /// A reload begins.
    func reloadBegan()
    /// A reload has ended, with ``RouterService/statusLine``.
    func reloadEnded(status: String)
}
