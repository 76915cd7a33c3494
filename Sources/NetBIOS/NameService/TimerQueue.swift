/// Moments and what is due at them, the earliest first: a binary heap.
///
/// Nothing is ever taken out early. Whoever uses it checks whether what comes out is still wanted.
struct TimerQueue<Element: Sendable>: Sendable {
    /// One thing that is due.
    private struct Entry: Sendable {
        let deadline: Duration
        let element: Element
    }

    private var entries: [Entry] = []

    /// The earliest moment, and what is due at it; `nil` when nothing is due ever.
    var first: (deadline: Duration, element: Element)? {
        self.entries.first.map { ($0.deadline, $0.element) }
    }

    /// How many are waiting.
    var count: Int { self.entries.count }

    /// Adds one, in logarithmic time.
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

    /// Takes the earliest out, in logarithmic time.
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

    /// Takes everything out.
    mutating func removeAll() {
        self.entries.removeAll()
    }
}
