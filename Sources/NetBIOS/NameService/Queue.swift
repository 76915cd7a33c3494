/// Things in the order in which they came.
struct Queue<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var start = 0

    /// Whether there is nothing to take out.
    var isEmpty: Bool { self.start == self.elements.count }

    /// How many are waiting.
    var count: Int { self.elements.count - self.start }

    /// The one that came first.
    var first: Element? { self.isEmpty ? nil : self.elements[self.start] }

    /// Adds one at the end.
    mutating func append(_ element: Element) {
        self.elements.append(element)
    }

    /// Takes the first out, in constant time on average.
    mutating func popFirst() -> Element? {
        guard let element = self.first else { return nil }
        self.start += 1
        if self.start >= 64, self.start * 2 >= self.elements.count {
            self.elements.removeFirst(self.start)
            self.start = 0
        }
        return element
    }

    /// Takes everything out.
    mutating func removeAll() {
        self.elements.removeAll()
        self.start = 0
    }
}
