import Testing

@testable import RouterControl

/// The places of a listener's connections.
struct ConnectionPlacesTests {
    private typealias Places = ConnectionPlaces<Int, String>

    private let start = ContinuousClock.now
    private var places = Places()

    private mutating func open(_ ids: Range<Int>, from source: String?, after time: Duration = .zero) -> [Int] {
        ids.filter { self.places.open($0, from: source, now: self.start + time) }
    }

    private mutating func next(after time: Duration = .zero) -> Places.Change {
        self.places.next(now: self.start + time)
    }

    @Test mutating func `one source has half of the places, and its others wait until one is free, in order`() {
        #expect(self.open(0..<1000, from: "a").count == Places.sourceWaitingLimit)
        #expect(self.next() == Places.Change(starts: Array(0..<16), isAnyWaiting: true))
        #expect(self.open(1000..<1004, from: "b").count == 4)
        #expect(self.next().starts == Array(1000..<1004))
        for id in 0..<16 { self.places.progressed(id, now: self.start) }
        self.places.close(3)
        self.places.close(9)
        #expect(self.next() == Places.Change(starts: [16, 17], isAnyWaiting: true))
    }

    @Test mutating func `all together have so many places, and so many wait; the rest is closed before its answer`() {
        var served = 0, waiting = 0
        for number in 0..<200 {
            let mayStay = self.places.open(number, from: "\(number)", now: self.start)
            let starts = self.next().starts.count
            served += starts
            if mayStay, starts == 0 { waiting += 1 }
        }
        #expect(served == Places.limit && waiting == Places.waitingLimit)
        #expect(self.places.ids.count == Places.limit + Places.waitingLimit)
    }

    @Test mutating func `an answer that is made or taken is not ended, however many connections come`() {
        _ = self.open(0..<33, from: nil)
        #expect(self.next().starts.count == 32)
        self.places.close(32)
        self.places.requested(31)
        for second in 1...20 {
            let now = Duration.seconds(second)
            for id in 0..<31 { self.places.progressed(id, now: self.start + now) }
            _ = self.open(100 * second..<100 * second + 50, from: "b", after: now)
            #expect(self.next(after: now + .milliseconds(4999)) == Places.Change(isAnyWaiting: true))
        }
    }

    @Test mutating func `connections that send no request or take nothing end for those that wait, the idlest first`() {
        _ = self.open(0..<32, from: nil)
        _ = self.next()
        for id in 0..<31 { self.places.progressed(id, now: self.start + .milliseconds(id)) }
        _ = self.open(40..<43, from: "b", after: .milliseconds(500))
        #expect(self.next(after: .milliseconds(999)) == Places.Change(isAnyWaiting: true))
        #expect(self.next(after: .seconds(1)) == Places.Change(starts: [40], ends: [31], isAnyWaiting: true))
        #expect(self.next(after: .seconds(5)).ends.isEmpty == false)
        #expect(!self.places.ids.contains(0))
    }

    @Test mutating func `a source ends its own idle connections, not those of others`() {
        _ = self.open(0..<16, from: "a")
        _ = self.open(16..<26, from: "b")
        _ = self.next()
        _ = self.open(30..<31, from: "a")
        #expect(self.next() == Places.Change(isAnyWaiting: true))
        for id in 0..<15 { self.places.progressed(id, now: self.start) }
        #expect(self.next(after: .seconds(1)) == Places.Change(starts: [30], ends: [15]))
    }
}
