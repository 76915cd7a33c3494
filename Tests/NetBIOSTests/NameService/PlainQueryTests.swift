import Testing

@testable import NetBIOS

struct PlainQueryTests {
    private static let names = [
        AdvertisedName(.fileServer), AdvertisedName(.workgroup, isGroup: true),
        AdvertisedName(.other, address: .client), AdvertisedName(.scopedFileServer),
    ]

    /// A node that owns the names.
    private static func node(_ nodeType: NodeType = .broadcast) -> NameNode {
        var generator = SeededGenerator(seed: 9)
        var configuration = NameNode.Configuration(
            address: .node,
            network: IPv4Network(containing: .node, prefixLength: 24) ?? .documentation
        )
        configuration.claimRate = 100_000
        var node = NameNode(configuration)
        node.setNames(Self.names, now: .zero, using: &generator)
        for step in 1...10 { node.advance(to: .milliseconds(250 * step), using: &generator) }
        configuration.nodeType = nodeType
        node.update(configuration, now: .seconds(3), using: &generator)
        while node.nextTransmission() != nil {}
        return node
    }

    private static func query(_ name: QualifiedName, isBroadcast: Bool, id: UInt16 = 0x1234) -> [UInt8] {
        NameServiceRequest(
            transactionID: id,
            name: name,
            isBroadcast: isBroadcast,
            operation: .query(recursionDesired: isBroadcast)
        ).encoded()
    }

    /// The node's full response to a datagram; `nil` for none.
    private static func fullAnswer(
        _ node: inout NameNode,
        _ bytes: [UInt8],
        _ source: NameServiceEndpoint,
        wasBroadcast: Bool
    ) -> [UInt8]? {
        var generator = SeededGenerator(seed: 9)
        do throws(WireError) {
            try node.received(bytes, from: source, wasBroadcast: wasBroadcast, now: .seconds(3), using: &generator)
        } catch {
            return nil
        }
        return node.nextTransmission()?.bytes
    }

    @Test func `its response equals the full one byte for byte, and is counted as such`() {
        let lower = QualifiedName(.raw("filesrv", 0x20))
        var count = 0
        for nodeType in NodeType.allCases {
            for name in Self.names.map(\.name) + [lower, .wildcard, .numbered(1)] {
                for isBroadcast in [true, false] {
                    for source in [IPv4Address.client, .node, .stranger, .broadcast, .any] {
                        for port: UInt16 in [137, 136, 50_000] {
                            var full = Self.node(nodeType), quick = Self.node(nodeType)
                            let bytes = Self.query(name, isBroadcast: isBroadcast)
                            let endpoint = NameServiceEndpoint(source, port: port)
                            let expected = Self.fullAnswer(&full, bytes, endpoint, wasBroadcast: isBroadcast)
                            let answer = quick.quickAnswer(
                                to: bytes,
                                from: endpoint,
                                wasBroadcast: isBroadcast,
                                now: .seconds(3)
                            )
                            guard let answer else { continue }
                            count += 1
                            #expect(answer == expected)
                            #expect(quick.counters == full.counters)
                        }
                    }
                }
            }
        }
        #expect(count > 100)
    }

    @Test func `a mutated query gets the full response, or is left to the full path`() {
        var generator = SeededGenerator(seed: 10)
        var node = Self.node(), quick = Self.node()
        let source = NameServiceEndpoint(.node, port: 50_000)
        var answers = 0
        for _ in 0..<50_000 {
            var bytes = Self.query(.fileServer, isBroadcast: Bool.random(using: &generator))
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Int.random(in: 0..<20, using: &generator) == 0 { bytes.removeLast() }
            let answer = quick.quickAnswer(to: bytes, from: source, wasBroadcast: false, now: .seconds(3))
            let expected = Self.fullAnswer(&node, bytes, source, wasBroadcast: false)
            if let answer {
                answers += 1
                #expect(answer == expected)
            }
        }
        #expect(answers > 10_000)
    }

    @Test func `queries over the limit get no response`() {
        var node = Self.node()
        let bytes = Self.query(.fileServer, isBroadcast: false)
        let source = NameServiceEndpoint(.client)
        var answers = 0
        for _ in 0..<250_000 where node.quickAnswer(to: bytes, from: source, wasBroadcast: false, now: .zero) != nil {
            answers += 1
        }
        #expect(answers == SourceRateLimiter.Kind.any.burst)
        #expect(node.counters[.query, .answered] == answers)
    }
}
