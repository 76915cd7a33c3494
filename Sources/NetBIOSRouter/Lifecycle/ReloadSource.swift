public import RouteConfig

/// The origin of a router's configuration, which also observes its reloads.
public protocol ReloadSource: Sendable {
    /// Reads the files. Called on a thread that may block.
    func load() -> LoadResult
    /// Called when a reload starts.
    func reloadBegan()
    /// Called when a reload ends, with ``RouterService/statusLine``.
    func reloadEnded(status: String)
}
