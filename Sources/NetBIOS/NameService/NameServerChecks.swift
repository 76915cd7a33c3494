/// The turn of the names in which the name server in use is asked whether it still has one of them.
struct NameServerChecks: Hashable, Sendable {
    /// When a name is asked for next; `nil` while none is registered.
    private(set) var deadline: Duration?
    /// The place of the name that was looked at last.
    private var place = 0
    /// Names in a row that were not registered.
    private var unregisteredCount = 0

    /// Between two looks for a registered name, where many are not.
    private static let searchInterval: Duration = .milliseconds(50)

    /// The state of the name at a place.
    enum Finding: Hashable, Sendable {
        case asked, busy, unregistered
    }

    /// A name is registered.
    mutating func expect(at now: Duration, timing: ClaimTiming) {
        self.unregisteredCount = 0
        if self.deadline == nil { self.deadline = now + timing.nameServerCheck }
    }

    /// The deadline has come: offers up to `limit` of `count` places to `ask`, until one is asked for.
    mutating func run(
        at now: Duration,
        count: Int,
        limit: Int,
        timing: ClaimTiming,
        ask: (_ place: Int) -> Finding
    ) {
        self.deadline = now + (count <= limit ? timing.nameServerCheck : Self.searchInterval)
        for _ in 0..<min(count, limit) {
            self.place = (self.place + 1) % count
            switch ask(self.place) {
            case .asked:
                self.unregisteredCount = 0
                self.deadline = now + timing.nameServerCheck
                return
            case .busy:
                self.unregisteredCount = 0
            case .unregistered:
                self.unregisteredCount += 1
            }
        }
        if self.unregisteredCount >= count { self.deadline = nil }
    }
}
