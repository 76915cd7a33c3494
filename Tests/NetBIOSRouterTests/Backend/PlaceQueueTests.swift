import Testing

@testable import NetBIOSRouter

struct PlaceQueueTests {
    private typealias Queue = PlaceQueue<Int, String>

    /// Takes places until none is free, and returns the work that has one.
    private func fill(_ queue: inout Queue) -> [(Int, Queue.Place)] {
        var taken: [(Int, Queue.Place)] = []
        while let next = queue.popFirst() { taken.append(next) }
        return taken
    }

    @Test(arguments: [(0, 32), (1, 16), (2, 8), (3, 4)])
    func `work of each standing has at most half of the places of the one above`(standing: Int, places: Int) {
        var queue = Queue(count: 32, standings: 4)
        for number in 0..<100 { queue.append(number, standing: standing, group: "") }
        #expect(self.fill(&queue).map(\.0) == Array(0..<places))
    }

    @Test func `lower standings together never take the places of a higher one, in whatever order work comes`() {
        var generator = SplitMix(state: 7)
        for _ in 0..<200 {
            var queue = Queue(count: 32, standings: 4), taken: [(standing: Int, place: Queue.Place)] = []
            for _ in 0..<400 {
                if Int.random(in: 0..<3, using: &generator) > 0 {
                    // The work is its own standing; the highest is left out.
                    let standing = Int.random(in: 1...3, using: &generator)
                    queue.append(standing, standing: standing, group: "\(Int.random(in: 0..<3, using: &generator))")
                } else if let index = taken.indices.randomElement(using: &generator) {
                    queue.giveBack(taken.remove(at: index).place)
                }
                taken += self.fill(&queue).map { ($0, $1) }
                for (standing, limit) in [(1, 16), (2, 8), (3, 4)] {
                    #expect(taken.count { $0.standing >= standing } <= limit)
                }
            }
            // Sixteen places are free for the highest, however long the others take.
            for _ in 0..<16 { queue.append(0, standing: 0, group: "") }
            #expect(self.fill(&queue).count { $0.0 == 0 } == 16)
        }
    }

    @Test func `the highest standing goes first, and each has one place before others have a second`() {
        var queue = Queue(count: 4, standings: 2)
        for number in 0..<10 { queue.append(number, standing: 0, group: "") }
        for number in 10..<20 { queue.append(number, standing: 1, group: "") }
        let taken = self.fill(&queue)
        #expect(taken.map(\.0) == [10, 0, 1, 2])
        queue.giveBack(taken[3].1)
        #expect(queue.popFirst()?.0 == 3)
        queue.giveBack(taken[0].1)
        #expect(queue.popFirst()?.0 == 11)
    }

    @Test func `groups take turns, and one has a limited number of places`() {
        var queue = Queue(count: 8, standings: 1, groupLimit: 2)
        for number in 0..<4 { queue.append(number, standing: 0, group: "dead") }
        for number in 10..<14 { queue.append(number, standing: 0, group: "slow") }
        queue.append(20, standing: 0, group: "good")
        let taken = self.fill(&queue)
        #expect(taken.map(\.0) == [0, 10, 20, 1, 11])
        queue.giveBack(taken[0].1)
        #expect(self.fill(&queue).map(\.0) == [2])
    }

    @Test func `work that is not wanted any more is removed, and groups are forgotten with their last work`() {
        var queue = Queue(count: 1, standings: 1)
        for number in 0..<10 { queue.append(number, standing: 0, group: number < 5 ? "a" : "b") }
        queue.removeAll { $0 % 3 != 0 }
        var order: [Int] = []
        while let (number, place) = queue.popFirst() {
            order.append(number)
            queue.giveBack(place)
        }
        #expect(Set(order) == [0, 3, 6, 9] && order.count == 4)
    }
}

/// A generator with a seed (SplitMix64).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
