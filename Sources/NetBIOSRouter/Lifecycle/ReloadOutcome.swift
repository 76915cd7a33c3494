import Logging
public import RouteConfig

/// The outcome of a start or a reload: one value for the log, `nbrouter reload` and `nbrouter status`.
public struct ReloadOutcome: Hashable, Sendable, Codable {
    /// Whether the new configuration is in force; otherwise the old one remains.
    public var reloaded: Bool
    /// The end of the reload: RFC 3339, in UTC.
    public var time: String
    /// The generation in force.
    public var generation: Int
    /// The changes of a successful reload.
    @NullWhenAbsent public var changes: Changes?
    /// The reason why a valid configuration was not put in force.
    @NullWhenAbsent public var failure: Failure?
    /// The diagnostics of the files.
    public var check: LoadReport

    /// The changes of a reload, with the keys of its log line.
    public struct Changes: Hashable, Sendable, Codable {
        public var routesAdded: Int
        public var routesRemoved: Int
        public var routesChanged: Int
        public var namesClaimed: Int
        public var namesReleased: Int
        public var sessionsKept: Int

        init(_ changes: RouteTableChanges, sessionsKept: Int) {
            self.routesAdded = changes.addedRoutes.count
            self.routesRemoved = changes.removedRoutes.count
            self.routesChanged = changes.changedRoutes.count
            self.namesClaimed = changes.claimedNames.count
            self.namesReleased = changes.releasedNames.count
            self.sessionsKept = sessionsKept
        }

        private enum CodingKeys: String, CodingKey {
            case routesAdded = "routes_added"
            case routesRemoved = "routes_removed"
            case routesChanged = "routes_changed"
            case namesClaimed = "names_claimed"
            case namesReleased = "names_released"
            case sessionsKept = "sessions_kept"
        }
    }

    /// The reason why a valid configuration was not put in force, such as a port that another process holds.
    public struct Failure: Hashable, Sendable, Codable {
        public var reason: String
        /// The most likely remedy.
        @NullWhenAbsent public var remedy: String?

        init(_ error: any Error) {
            let known = error as? any LifecycleError
            self.reason = known?.summary ?? "\(error)"
            self.remedy = known?.remedy
        }
    }

    /// The outcome of a start.
    init(startedWith check: LoadReport) {
        self.init(check: check, generation: 1, reloaded: true)
    }

    /// The outcome of a reload that put a configuration in force.
    init(check: LoadReport, generation: Int, changes: Changes) {
        self.init(check: check, generation: generation, reloaded: true)
        self.changes = changes
    }

    /// The outcome of a failed reload; without an error the files are invalid.
    init(check: LoadReport, generation: Int, failure: (any Error)?) {
        self.init(check: check, generation: generation, reloaded: false)
        self.failure = failure.map { Failure($0) }
    }

    private init(check: LoadReport, generation: Int, reloaded: Bool) {
        self.reloaded = reloaded
        self.time = Timestamp.now().description
        self.generation = generation
        self.changes = nil
        self.failure = nil
        self.check = check
    }
}

extension ReloadOutcome.Changes {
    /// The facts of the log line of a reload to `generation`.
    func metadata(generation: Int) -> Logger.Metadata {
        Logger.Metadata([
            .generation: generation,
            .routesAdded: self.routesAdded,
            .routesRemoved: self.routesRemoved,
            .routesChanged: self.routesChanged,
            .namesClaimed: self.namesClaimed,
            .namesReleased: self.namesReleased,
            .sessionsKept: self.sessionsKept,
        ])
    }
}
