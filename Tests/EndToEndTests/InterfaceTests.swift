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

    @Test func `each of two networks gets one answer, with the address that the router has there`() throws {
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

    @Test func `an interface that comes is claimed on, one that goes is left, without a reload`() throws {
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
    func `names are advertised on the interfaces alone that the file selects`(selector: String) throws {
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

    @Test func `of two networks on one interface, the one with the query answers`() throws {
        try Lan.with { lan in
            try lan.ip(
                batch: ["addr add 10.77.0.129/28 broadcast 10.77.0.143 dev eth0"],
                in: lan.router.namespace
            )
            try lan.ip(
                batch: ["addr add 10.77.0.130/28 broadcast 10.77.0.143 dev eth0"],
                in: lan.stranger.namespace
            )
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            try Self.answered(lan.stranger, at: "10.77.0.143", by: [10, 77, 0, 129])
            try Self.answered(lan.client, at: Lan.broadcastAddress, by: [10, 77, 0, 1])
        }
    }

    @Test func `an address that moves to another interface keeps its names, and none is released`() throws {
        try Lan.with { lan in
            try Self.addSecondNetwork(lan)
            try lan.ip(batch: ["addr del 10.79.0.1/24 dev eth1"], in: lan.router.namespace)
            let settings = "listen: {addresses: [10.77.0.1]}"
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"], settings: settings)
            )
            try router.logLine("the name, owned") { $0["msg"] == LogMessage.nameOwned }
            try lan.ip(batch: ["addr add 10.77.0.1/24 dev eth1"], in: lan.router.namespace)
            try lan.ip(batch: ["addr del 10.77.0.1/24 dev eth0"], in: lan.router.namespace)
            try router.logLine("the first network, left") { $0["msg"] == LogMessage.networkLost }
            try router.logLine("the name, owned on the other interface") {
                $0["msg"] == LogMessage.nameOwned && $0["interface"] == "eth1"
            }
            let isReleased = router.logLines.contains { $0["msg"] == "name released" }
            #expect(!isReleased, "\(router.process.errors)")
        }
    }

    @Test func `an address whose port another program holds has no name until the port is free`() throws {
        try Lan.with { lan in
            let settings = "listen: {addresses: [10.77.0.1]}"
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"], settings: settings)
            )
            func owned() -> Int { router.logLines.filter { $0["msg"] == LogMessage.nameOwned }.count }
            // <00>, <20> and the workgroup.
            try eventually("the names, owned") { owned() == 3 }
            #expect(try lan.router.run("sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1").succeeded)
            try lan.ip(batch: ["addr del 10.77.0.1/24 dev eth0"], in: lan.router.namespace)
            try router.logLine("the network, left") { $0["msg"] == LogMessage.networkLost }
            var holder: RawDatagrams?
            try eventually("the port to be free for another program") {
                holder = try? RawDatagrams(on: lan.router, address: "10.77.0.1", port: 137)
                return holder != nil
            }
            try lan.ip(
                batch: ["addr add 10.77.0.1/24 broadcast \(Lan.broadcastAddress) dev eth0"],
                in: lan.router.namespace
            )
            try router.logLine("what is in the way") {
                $0["msg"] == LogMessage.nameSocketFailed && $0["listener"] == "UDP 10.77.0.1:137"
            }
            let isSilent = throughout(seconds: 1.5) { owned() == 3 }
            #expect(isSilent)
            withExtendedLifetime(holder) {}
            holder = nil
            try eventually("the names, owned again", within: 15) { owned() == 6 }
        }
    }

    @Test func `an address that comes and goes among ten networks keeps no question waiting`() throws {
        try Lan.with { lan in
            let router = lan.router.namespace, stranger = lan.stranger.namespace
            for number in 1...9 {
                let ends = ("eth\(number) netns \(router.name)", "eth\(number) netns \(stranger.name)")
                try lan.ip(batch: ["link add \(ends.0) type veth peer name \(ends.1)"])
                try lan.ip(batch: ["link set eth\(number) up"], in: stranger)
                let address = "10.80.\(number).1/24 broadcast 10.80.\(number).255"
                try lan.ip(batch: ["addr add \(address) dev eth\(number)", "link set eth\(number) up"], in: router)
            }
            let names = ["XYKON-2"] + (0..<5_000).map { "NAME-\($0)" }
            let routes = names.map { Routes.route($0, to: "\(lan.servers[0].address):445") }
            let process = try RouterProcess.start(on: lan.router, Routes.file(routes))
            try process.owns("XYKON-2")
            let flaps = Background {
                for _ in 0..<20 {
                    try lan.ip(batch: ["addr add 10.81.0.1/24 dev eth1", "addr del 10.81.0.1/24 dev eth1"], in: router)
                    try lan.ip(batch: ["addr add 10.82.0.1/24 broadcast 10.82.0.255 dev eth2"], in: router)
                    try lan.ip(batch: ["addr del 10.82.0.1/24 dev eth2"], in: router)
                }
            }
            let socket = try RawDatagrams(on: lan.client)
            var id = 0, unanswered = 0
            while !flaps.isDone || id < 100 {
                id += 1
                let query = Wire.query(id: id % 0xFFFF, "XYKON-2")
                if try socket.ask(query, of: lan.router.address, within: 1) == nil { unanswered += 1 }
            }
            try flaps.value(within: 1)
            #expect(unanswered == 0, "of \(id) questions")
            #expect(process.process.isRunning)
        }
    }

    @Test func `without descriptors the names stay, though the interfaces cannot be listed`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"]),
                prefix: ["prlimit", "--nofile=64:64"]
            )
            try router.owns("NAS")
            let clients = try (0..<90).map { _ in try RawSession.connect(from: lan.client, to: lan.router.address) }
            try router.logLine("connections that cannot be accepted") {
                $0["msg"] == LogMessage.acceptFailed
            }
            // Triggers a check of the interfaces.
            try lan.ip(batch: ["link add more0 type veth peer name more1"], in: lan.router.namespace)
            try router.logLine("why they cannot be listed") { $0["msg"] == LogMessage.interfacesUnavailable }
            try router.owns("NAS")
            for client in clients { client.close() }
            let isLeft = router.logLines.contains { $0["msg"] == LogMessage.networkLost }
            #expect(!isLeft, "\(router.process.errors)")
        }
    }
}
