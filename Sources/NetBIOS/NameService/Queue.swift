/// Things in the order in which they came.
///
/// They are kept in parts, so that no addition or removal moves more than one part, however many things there are.
struct Queue<Element: Sendable>: Sendable {
    private var parts: [[Element]] = []
    /// The part that holds the first element, and the element's place in it.
    private var firstPart = 0
    private var start = 0
    /// The number of elements.
    private(set) var count = 0

    private static var partLength: Int { 64 }

    /// Whether there is nothing to take out.
    var isEmpty: Bool { self.count == 0 }

    /// The one that came first.
    var first: Element? { self.isEmpty ? nil : self.parts[self.firstPart][self.start] }

    /// Appends an element.
    mutating func append(_ element: Element) {
        self.count += 1
        if let last = self.parts.indices.last, self.parts[last].count < Self.partLength {
            self.parts[last].append(element)
        } else {
            self.parts.append([element])
        }
    }

    /// Removes and returns the first element, in amortized constant time.
    mutating func popFirst() -> Element? {
        guard let element = self.first else { return nil }
        self.count -= 1
        self.start += 1
        if self.start == Self.partLength {
            self.parts[self.firstPart] = []
            self.firstPart += 1
            self.start = 0
            if self.firstPart * 2 >= self.parts.count {
                self.parts.removeFirst(self.firstPart)
                self.firstPart = 0
            }
        } else if self.isEmpty {
            self.parts[self.firstPart].removeAll(keepingCapacity: true)
            self.start = 0
        }
        return element
    }

    /// Removes all elements.
    mutating func removeAll() {
        self = Queue()
    }
}
