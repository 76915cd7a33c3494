import NetBIOSRouter
public import RouteConfig

/// How a reload went: what the control socket answers, and what `status` keeps.
public struct ReloadReport: Hashable, Sendable, Codable {
    /// Whether the new configuration is in force; if not, the old one is as it was.
    public var reloaded: Bool
    /// When it ended: RFC 3339, in UTC.
    public var time: String
    /// The generation that is in force.
    public var generation: Int
    /// What is different, where it was reloaded.
    @NullWhenAbsent public var changes: ReloadChanges?
    /// Why it was not reloaded, where the files are not the reason.
    @NullWhenAbsent public var failure: ReloadFailure?
    /// What reading the files came to.
    public var check: LoadReport

    /// The first reading, at the start.
    init(start check: LoadReport) {
        self.init(check: check, generation: 1)
        self.reloaded = true
    }

    init(check: LoadReport, generation: Int, changes: ReloadChanges? = nil, failure: ReloadFailure? = nil) {
        self.reloaded = changes != nil
        self.time = Timestamp.now().description
        self.generation = generation
        self.changes = changes
        self.failure = failure
        self.check = check
    }
}

/// What a reload changed, counted, in the words of its log line.
public struct ReloadChanges: Hashable, Sendable, Codable {
    public var routesAdded: Int
    public var routesRemoved: Int
    public var routesChanged: Int
    public var namesClaimed: Int
    public var namesReleased: Int
    public var sessionsKept: Int

    init(_ summary: ReloadSummary) {
        self.routesAdded = summary.changes.addedRoutes.count
        self.routesRemoved = summary.changes.removedRoutes.count
        self.routesChanged = summary.changes.changedRoutes.count
        self.namesClaimed = summary.changes.claimedNames.count
        self.namesReleased = summary.changes.releasedNames.count
        self.sessionsKept = summary.sessionsKept
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

/// Why a valid configuration was not put in force.
public struct ReloadFailure: Error, Hashable, Sendable, Codable {
    /// What was found, such as a port that another process holds.
    public var reason: String
    /// What to do about it.
    @NullWhenAbsent public var remedy: String?

    /// The words of an error.
    init(_ error: any Error) {
        switch error {
        case let error as BindError:
            self.reason = "cannot listen on \(error.service.rawValue) \(error.address): \(error.reason)"
            self.remedy = error.remedy
        case let error as ClientSourceError:
            self.reason =
                "cannot use the addresses of clients, as `source: client` of \(error.route) asks: \(error.reason)"
            self.remedy = error.remedy
        case let error as ControlSocketError:
            self.reason = "cannot listen on \(error.path): \(error.reasonText)"
            self.remedy = error.remedy
        case let error as MetricsSocketError:
            self.reason = "cannot serve metrics on \(error.address): \(error.reason)"
            self.remedy = error.remedy
        default:
            self.reason = "\(error)"
            self.remedy = nil
        }
    }
}
