/// A FIFO queue.
struct Queue<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var start = 0

    /// Whether the queue is empty.
    var isEmpty: Bool { self.start == self.elements.count }

    /// The number of elements.
    var count: Int { self.elements.count - self.start }

    /// The first element.
    var first: Element? { self.isEmpty ? nil : self.elements[self.start] }

    /// Appends an element.
    mutating func append(_ element: Element) {
        self.elements.append(element)
    }

    /// Removes and returns the first element, in amortized constant time.
    mutating func popFirst() -> Element? {
        guard let element = self.first else { return nil }
        self.start += 1
        if self.start >= 64, self.start * 2 >= self.elements.count {
            self.elements.removeFirst(self.start)
            self.start = 0
        }
        return element
    }

    /// Removes all elements.
    mutating func removeAll() {
        self.elements.removeAll()
        self.start = 0
    }
}
