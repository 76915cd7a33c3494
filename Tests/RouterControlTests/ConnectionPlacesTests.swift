import Testing

@testable import RouterControl

/// The places of a listener's connections.
struct ConnectionPlacesTests {
    private typealias Places = ConnectionPlaces<Int, String>

    private let start = ContinuousClock.now
    private var places = Places()

    /// Opens connections; returns those that ended for them.
    @discardableResult
    private mutating func open(_ ids: Range<Int>, from source: String?, after time: Duration = .zero) -> [Int] {
        ids.compactMap { self.places.open($0, from: source, now: self.start + time) }
    }

    private mutating func next(after time: Duration = .zero) -> Places.Change {
        self.places.next(now: self.start + time)
    }

    @Test mutating func `one source has half of the places, and its others wait until one is free, the newest first`() {
        #expect(self.open(0..<1000, from: "a") == Array(0..<1000 - Places.sourceWaitingLimit))
        #expect(self.next() == Places.Change(starts: (984..<1000).reversed(), isAnyWaiting: true))
        #expect(self.open(1000..<1004, from: "b").isEmpty)
        #expect(self.next().starts == (1000..<1004).reversed())
        for id in 984..<1000 { self.places.progressed(id, now: self.start) }
        self.places.close(990)
        self.places.close(995)
        #expect(self.next() == Places.Change(starts: [983, 982], isAnyWaiting: true))
    }

    @Test mutating func `all together have so many places, and so many wait; the oldest that waits ends for one more`()
    {
        var served = 0, ended: [Int] = []
        for number in 0..<200 {
            ended += self.open(number..<number + 1, from: "\(number)")
            served += self.next().starts.count
        }
        #expect(served == Places.limit)
        #expect(ended == Array(Places.limit..<200 - Places.waitingLimit))
        #expect(self.places.ids.count == Places.limit + Places.waitingLimit)
    }

    @Test mutating func `an answer that is made or taken is not ended, however many connections come`() {
        self.open(0..<32, from: nil)
        #expect(self.next().starts.count == 32)
        self.places.requested(31)
        for second in 1...20 {
            let now = Duration.seconds(second)
            for id in 0..<31 { self.places.progressed(id, now: self.start + now) }
            self.open(100 * second..<100 * second + 50, from: "b", after: now)
            #expect(self.next(after: now + .milliseconds(4999)) == Places.Change(isAnyWaiting: true))
        }
    }

    @Test mutating func `connections that send no request or take nothing end for those that wait, the idlest first`() {
        self.open(0..<32, from: nil)
        _ = self.next()
        for id in 0..<31 { self.places.progressed(id, now: self.start + .milliseconds(id)) }
        self.open(40..<43, from: "b", after: .milliseconds(100))
        #expect(self.next(after: .milliseconds(249)) == Places.Change(isAnyWaiting: true))
        #expect(self.next(after: .milliseconds(250)) == Places.Change(starts: [42], ends: [31], isAnyWaiting: true))
        #expect(self.next(after: .seconds(5)).ends.isEmpty == false)
        #expect(!self.places.ids.contains(0))
    }

    @Test mutating func `a source ends its own idle connections, not those of others`() {
        self.open(0..<16, from: "a")
        self.open(16..<26, from: "b")
        _ = self.next()
        self.open(30..<31, from: "a")
        #expect(self.next() == Places.Change(isAnyWaiting: true))
        for id in 0..<15 { self.places.progressed(id, now: self.start) }
        #expect(self.next(after: .seconds(1)) == Places.Change(starts: [30], ends: [15]))
    }
}
