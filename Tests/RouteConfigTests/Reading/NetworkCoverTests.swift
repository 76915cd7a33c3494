import NetBIOS
import Testing

@testable import RouteConfig

/// Lists of networks that cover others, compared with trying every address.
struct NetworkCoverTests {
    private func cover(_ networks: [IPv4Network]) -> NetworkCover {
        NetworkCover(
            networks.enumerated().map { index, network in
                Located(value: network, range: TextRange(file: 0, start: index, end: index))
            }
        )
    }

    @Test func `what is covered is what has no address outside`() throws {
        var generator = Generator()
        var counts = [true: 0, false: 0]
        for _ in 0..<2000 {
            // Networks within 16 addresses at the end of the address space.
            func network() throws -> IPv4Network {
                let address = IPv4Address(rawValue: 0xFFFF_FFF0 | generator.next(16))
                return try #require(IPv4Network(containing: address, prefixLength: 28 + Int(generator.next(5))))
            }
            let lists = try (0..<2).map { _ in try (0..<generator.next(8)).map { _ in try network() } }
            let asked = try network()
            let isCovered = (asked.address.rawValue...asked.broadcastAddress.rawValue).allSatisfy { address in
                lists.joined().contains { $0.contains(IPv4Address(rawValue: address)) }
            }
            let covers = lists.map(self.cover)
            #expect(NetworkCover.isCovered(asked, by: covers) == isCovered, "\(asked) in \(lists)")
            counts[isCovered, default: 0] += 1
            guard isCovered else { continue }
            let isOne = lists.joined().contains { $0.contains(asked) }
            let reasons = NetworkCover.reasons(for: asked, in: covers)
            #expect(isOne ? reasons.count == 1 : (2...4).contains(reasons.count), "\(asked) in \(lists)")
        }
        #expect(counts.values.allSatisfy { $0 > 100 }, "\(counts)")
    }

    /// A linear congruential generator, the same in every run.
    private struct Generator {
        private var state: UInt32 = 1

        mutating func next(_ bound: UInt32) -> UInt32 {
            self.state = self.state &* 1_664_525 &+ 1_013_904_223
            return (self.state >> 8) % bound
        }
    }
}
