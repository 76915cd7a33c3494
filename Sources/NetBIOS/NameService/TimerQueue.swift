/// Elements by deadline, the earliest first: a binary heap with one entry for each element.
///
/// A deadline that changes replaces the one before, so the queue never holds more entries than there are elements.
struct TimerQueue<Element: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        let deadline: Duration
        let element: Element
    }

    private var entries: [Entry] = []
    /// The place of each element in `entries`.
    private var places: [Element: Int] = [:]

    /// The earliest deadline and its element; `nil` when the queue is empty.
    var first: (deadline: Duration, element: Element)? {
        self.entries.first.map { ($0.deadline, $0.element) }
    }

    /// The number of elements that have a deadline.
    var count: Int { self.entries.count }

    /// Makes room for `count` elements, so that growth takes no turn of its own.
    mutating func reserveCapacity(_ count: Int) {
        self.entries.reserveCapacity(count)
        self.places.reserveCapacity(count)
    }

    /// Sets the deadline of an element, in logarithmic time; `nil` removes the element.
    mutating func set(_ element: Element, at deadline: Duration?) {
        guard let deadline else { return self.remove(element) }
        let entry = Entry(deadline: deadline, element: element)
        guard let place = self.places[element] else {
            self.entries.append(entry)
            return self.siftUp(entry, from: self.entries.count - 1)
        }
        if deadline < self.entries[place].deadline {
            self.siftUp(entry, from: place)
        } else {
            self.siftDown(entry, from: place)
        }
    }

    /// Removes an element, in logarithmic time; has no effect on one without a deadline.
    mutating func remove(_ element: Element) {
        guard let place = self.places.removeValue(forKey: element), let last = self.entries.popLast(),
            place < self.entries.count
        else { return }
        if place > 0, last.deadline < self.entries[(place - 1) / 2].deadline {
            self.siftUp(last, from: place)
        } else {
            self.siftDown(last, from: place)
        }
    }

    /// Removes the earliest element, in logarithmic time.
    mutating func removeFirst() {
        if let first = self.entries.first { self.remove(first.element) }
    }

    /// Removes all elements.
    mutating func removeAll() {
        self.entries.removeAll()
        self.places.removeAll()
    }

    private mutating func siftUp(_ entry: Entry, from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard entry.deadline < self.entries[parent].deadline else { break }
            self.put(self.entries[parent], at: index)
            index = parent
        }
        self.put(entry, at: index)
    }

    private mutating func siftDown(_ entry: Entry, from start: Int) {
        var index = start
        while true {
            let left = 2 * index + 1, right = left + 1
            guard left < self.entries.count else { break }
            let isRight = right < self.entries.count && self.entries[right].deadline < self.entries[left].deadline
            let child = isRight ? right : left
            guard self.entries[child].deadline < entry.deadline else { break }
            self.put(self.entries[child], at: index)
            index = child
        }
        self.put(entry, at: index)
    }

    private mutating func put(_ entry: Entry, at index: Int) {
        self.entries[index] = entry
        self.places[entry.element] = index
    }
}
