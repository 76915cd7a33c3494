import Testing

/// Names on several interfaces, which come and go.
@Suite(.serialized)
struct InterfaceTests {
    /// A second network, 10.79.0.0/24, between the router and the stranger.
    private static func addSecondNetwork(_ lan: Lan) throws {
        let router = lan.router.namespace.name, stranger = lan.stranger.namespace.name
        try lan.ip(batch: ["link add eth1 netns \(router) type veth peer name eth1 netns \(stranger)"])
        for (host, number) in [(lan.router, 1), (lan.stranger, 3)] {
            try lan.ip(
                batch: ["addr add 10.79.0.\(number)/24 broadcast 10.79.0.255 dev eth1", "link set eth1 up"],
                in: host.namespace
            )
        }
    }

    /// The addresses that answer a broadcast question of a host, one for each answer.
    private static func answers(to host: Host, at broadcastAddress: String, id: Int) throws -> [[UInt8]] {
        let socket = try RawDatagrams(on: host)
        try socket.send(Wire.query(id: id, "XYKON-2", broadcast: true), to: broadcastAddress)
        var answers: [[UInt8]] = []
        while let received = try socket.receive(within: answers.isEmpty ? 1 : 0.3) {
            guard received.bytes.count == 62, received.bytes.prefix(2) == Wire.word(id)[...] else { continue }
            answers.append(received.address.split(separator: ".").compactMap { UInt8($0) })
            #expect(Array(received.bytes.suffix(4)) == answers.last, "answered from the address that it names")
        }
        return answers
    }

    private static func answered(_ host: Host, at broadcastAddress: String, by address: [UInt8]) throws {
        var last: [[UInt8]] = []
        do {
            try eventually("one answer by \(address)", within: 20) {
                last = try Self.answers(to: host, at: broadcastAddress, id: 0x5151)
                return last == [address]
            }
        } catch let error as WaitedInVain {
            throw WaitedInVain(expected: "\(error.expected), last \(last)", seconds: error.seconds)
        }
    }

    @Test func `Each of two networks gets one answer, with the address that the router has there`() throws {
        try Lan.with { lan in
            try Self.addSecondNetwork(lan)
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            try Self.answered(lan.client, at: Lan.broadcastAddress, by: [10, 77, 0, 1])
            try Self.answered(lan.stranger, at: "10.79.0.255", by: [10, 79, 0, 1])
            try lan.ip(batch: ["route add 255.255.255.255 dev eth0"], in: lan.client.namespace)
            try Self.answered(lan.client, at: "255.255.255.255", by: [10, 77, 0, 1])
            // Asked at one of its addresses it answers with that one.
            let socket = try RawDatagrams(on: lan.stranger)
            let answer = try #require(try socket.ask(Wire.query(id: 7, "XYKON-2"), of: "10.79.0.1"))
            #expect(Array(answer.suffix(4)) == [10, 79, 0, 1])
        }
    }

    @Test func `An interface that comes is claimed on, one that goes is left, without a reload`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            for _ in 0..<2 {
                try Self.addSecondNetwork(lan)
                try Self.answered(lan.stranger, at: "10.79.0.255", by: [10, 79, 0, 1])
                try lan.ip(batch: ["link set eth1 down"], in: lan.router.namespace)
                try lan.ip(batch: ["link set eth1 up"], in: lan.router.namespace)
                try Self.answered(lan.stranger, at: "10.79.0.255", by: [10, 79, 0, 1])
                try lan.ip(batch: ["addr del 10.79.0.1/24 dev eth1"], in: lan.router.namespace)
                try lan.ip(
                    batch: ["addr add 10.79.0.9/24 broadcast 10.79.0.255 dev eth1"],
                    in: lan.router.namespace
                )
                try Self.answered(lan.stranger, at: "10.79.0.255", by: [10, 79, 0, 9])
                try lan.ip(batch: ["link del eth1"], in: lan.router.namespace)
                try Self.answered(lan.client, at: Lan.broadcastAddress, by: [10, 77, 0, 1])
            }
            #expect(router.process.isRunning)
        }
    }

    @Test(arguments: ["eth1", "10.79.0.0/24"])
    func `Names are advertised on the interfaces alone that the file selects`(selector: String) throws {
        try Lan.with { lan in
            try Self.addSecondNetwork(lan)
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["XYKON-2"], settings: "listen: {interfaces: [\(selector)]}")
            )
            try Self.answered(lan.stranger, at: "10.79.0.255", by: [10, 79, 0, 1])
            #expect(try Self.answers(to: lan.client, at: Lan.broadcastAddress, id: 9).isEmpty)
            try router.reload(Routes.to(lan.servers, names: ["XYKON-2"], settings: "listen: {interfaces: [eth0]}"))
            try Self.answered(lan.client, at: Lan.broadcastAddress, by: [10, 77, 0, 1])
            #expect(try Self.answers(to: lan.stranger, at: "10.79.0.255", id: 9).isEmpty)
        }
    }

    @Test func `Loopback is left out unless it is named`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            let socket = try RawDatagrams(on: lan.router)
            #expect(try socket.ask(Wire.query(id: 7, "XYKON-2"), of: "127.0.0.1", within: 0.5) == nil)
            try router.reload(Routes.to(lan.servers, names: ["XYKON-2"], settings: "listen: {interfaces: [lo]}"))
            try eventually("an answer on loopback") {
                let answer = try socket.ask(Wire.query(id: 8, "XYKON-2"), of: "127.0.0.1", within: 0.2)
                return answer.map { Array($0.suffix(4)) } == [127, 0, 0, 1]
            }
        }
    }
}
