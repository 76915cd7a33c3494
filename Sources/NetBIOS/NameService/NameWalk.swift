/// Work on many names, done a few names at a time so that no call takes long.
struct NameWalk: Sendable {
    let task: Task
    private let list: NameList
    /// The places in the list to visit; `nil` for all.
    private let places: [Int]?
    private var next = 0

    /// The step for each name.
    enum Task: Hashable, Sendable {
        /// Names that are not wanted any longer are released.
        case drop
        /// Names that are wanted are claimed.
        case take
        /// Both, for names whose address has come or gone.
        case readdress
        /// Claims go on as those of another node type, and registrations as of ``register``.
        case changeType
        /// Registrations go to the name server in use.
        case register
        /// Registers granted names with the server again.
        case renew(server: IPv4Address)
    }

    init(_ task: Task, _ list: NameList, places: [Int]? = nil) {
        self.task = task
        self.list = list
        self.places = places
    }

    /// Whether every name was visited.
    var isFinished: Bool { self.next >= self.places?.count ?? self.list.names.count }

    /// The next name to visit; `nil` when there is none.
    mutating func nextName() -> AdvertisedName? {
        guard !self.isFinished else { return nil }
        defer { self.next += 1 }
        return self.list.names[self.places?[self.next] ?? self.next]
    }
}
