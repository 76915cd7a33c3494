import NetBIOSRouter

/// Whether the router can serve, as `nbrouter health --json` has it.
public struct HealthReport: Hashable, Sendable, Codable {
    public var healthy: Bool
    /// What keeps it from serving.
    public var problems: [String]

    init(_ health: RouterHealth) {
        self.healthy = health.isHealthy
        self.problems = health.problems
    }
}
