import DequeModule

/// A bounded number of places, and the queues for them.
///
/// Work has a standing, 0 being the highest. Work of each standing, with that of all lower ones, has at most half of the
/// places of the standing above it, so that work that takes long never keeps the rest waiting. A free place goes to the
/// highest standing that may have one, except that each standing has one place before others have a second. Within a
/// standing the groups take turns, each with a limited number of places.
struct PlaceQueue<Element, Group: Hashable & Sendable> {
    typealias Place = TakenPlace<Group>

    private let count: Int
    private var lanes: [Lane<Element, Group>]

    /// - Parameters:
    ///   - count: The number of places.
    ///   - standings: The number of standings.
    ///   - groupLimit: The places that one group has in one standing, at most.
    init(count: Int, standings: Int, groupLimit: Int = .max) {
        self.count = count
        self.lanes = Array(repeating: Lane(groupLimit: groupLimit), count: standings)
    }

    /// Queues work.
    mutating func append(_ element: Element, standing: Int, group: Group) {
        self.lanes[standing].append(element, group)
    }

    /// Takes a place for the work that is next; `nil` where no place is free for any that waits.
    mutating func popFirst() -> (Element, Place)? {
        let standings = self.lanes.indices
        let next =
            standings.reversed().first { self.lanes[$0].underWay == 0 && self.mayBegin($0) }
            ?? standings.first { self.mayBegin($0) }
        guard let next, let (element, group) = self.lanes[next].popFirst() else { return nil }
        return (element, Place(standing: next, group: group))
    }

    /// Frees a place.
    mutating func giveBack(_ place: Place) {
        self.lanes[place.standing].end(place.group)
    }

    /// Removes waiting work.
    mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        for index in self.lanes.indices { self.lanes[index].removeAll(where: isUnwanted) }
    }

    private func mayBegin(_ standing: Int) -> Bool {
        guard self.lanes[standing].isReady else { return false }
        return (0...standing).allSatisfy { upper in
            self.lanes[upper...].reduce(0) { $0 + $1.underWay } < max(1, self.count >> upper)
        }
    }
}

/// A place of a ``PlaceQueue`` that is taken, until it is given back.
struct TakenPlace<Group: Hashable & Sendable>: Sendable {
    fileprivate let standing: Int
    fileprivate let group: Group
}

/// The work of one standing.
private struct Lane<Element, Group: Hashable & Sendable> {
    private struct Member {
        var waiting: Deque<Element> = []
        var underWay = 0
        /// Whether the group stands in ``Lane/ready``.
        var isReady = false
    }

    let groupLimit: Int
    private(set) var underWay = 0
    private var groups: [Group: Member] = [:]
    /// Groups that wait and may have a place, in the order of their turns.
    private var ready: Deque<Group> = []

    init(groupLimit: Int) {
        self.groupLimit = groupLimit
    }

    var isReady: Bool { !self.ready.isEmpty }

    mutating func append(_ element: Element, _ group: Group) {
        self.groups[group, default: Member()].waiting.append(element)
        self.update(group)
    }

    mutating func popFirst() -> (Element, Group)? {
        guard let group = self.ready.popFirst(), let element = self.groups[group]?.waiting.popFirst() else {
            return nil
        }
        self.underWay += 1
        self.groups[group]?.underWay += 1
        self.groups[group]?.isReady = false
        self.update(group)
        return (element, group)
    }

    mutating func end(_ group: Group) {
        self.underWay -= 1
        self.groups[group]?.underWay -= 1
        self.update(group)
    }

    mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        self.ready = []
        for group in Array(self.groups.keys) {
            self.groups[group]?.waiting.removeAll(where: isUnwanted)
            self.groups[group]?.isReady = false
            self.update(group)
        }
    }

    /// Queues a group that may have a place, and forgets one that neither waits nor has one.
    private mutating func update(_ group: Group) {
        guard let member = self.groups[group], !member.isReady else { return }
        if member.waiting.isEmpty {
            if member.underWay == 0 { self.groups[group] = nil }
        } else if member.underWay < self.groupLimit {
            self.groups[group]?.isReady = true
            self.ready.append(group)
        }
    }
}
