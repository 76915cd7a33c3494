/// A priority queue of deadlines: a binary heap.
///
/// Entries are never removed early. The caller checks whether a due entry is still current.
struct TimerQueue<Element: Sendable>: Sendable {
    /// An entry of the heap.
    private struct Entry: Sendable {
        let deadline: Duration
        let element: Element
    }

    private var entries: [Entry] = []

    /// The earliest deadline and its element, if any.
    var first: (deadline: Duration, element: Element)? {
        self.entries.first.map { ($0.deadline, $0.element) }
    }

    /// The number of entries.
    var count: Int { self.entries.count }

    /// Inserts an element, in logarithmic time.
    mutating func insert(_ element: Element, at deadline: Duration) {
        self.entries.append(Entry(deadline: deadline, element: element))
        var index = self.entries.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard self.entries[index].deadline < self.entries[parent].deadline else { return }
            self.entries.swapAt(index, parent)
            index = parent
        }
    }

    /// Removes the earliest entry, in logarithmic time.
    mutating func removeFirst() {
        guard let last = self.entries.popLast(), !self.entries.isEmpty else { return }
        self.entries[0] = last
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < self.entries.count {
                if self.entries[child].deadline < self.entries[least].deadline { least = child }
            }
            guard least != index else { return }
            self.entries.swapAt(index, least)
            index = least
        }
    }

    /// Removes all entries.
    mutating func removeAll() {
        self.entries.removeAll()
    }
}
