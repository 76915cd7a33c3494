import Testing

@testable import NetBIOS

/// A node and its clock in a network that says anything at any rate, and a record of how long the node's packets wait.
struct HostileNetwork {
    var node: NameNode
    var now: Duration = .zero
    var generator: SeededGenerator
    var server = Server()
    /// The packets that left, but for answers.
    var sent: [(time: Duration, destination: IPv4Address, request: NameServiceRequest)] = []
    /// The longest that a packet waited in each lane.
    var longestWaits: [ClaimLanes.Lane: Duration] = [:]
    private var waiting: [Wait: Duration] = [:]
    /// Whether waits are recorded, which takes time for each name and datagram.
    var recordsWaits = false

    static let claimRate = 200
    static let nameServer = IPv4Address(198, 51, 100, 1)
    static let secondNameServer = IPv4Address(198, 51, 100, 2)

    /// A packet that waits.
    private struct Wait: Hashable {
        let name: QualifiedName
        let audience: ClaimLanes.Audience
        let lane: ClaimLanes.Lane
    }

    /// A name server, whose answers come at once.
    struct Server {
        var timeToLive: UInt32 = 60
        /// The packet in place of an answer; `nil` to answer.
        var other: (@Sendable (NameServiceRequest) -> NameServiceResponse.Answer?)?

        func answer(to request: NameServiceRequest) -> NameServiceResponse.Answer? {
            if let answer = self.other?(request) { return answer }
            return switch request.operation {
            case .query: .addresses([AddressEntry(.node)], timeToLive: 9)
            case .registration(let entry, _), .overwrite(let entry, _), .refresh(let entry, _),
                .multihomedRegistration(let entry, _):
                .registered(entry, timeToLive: self.timeToLive)
            case .release(let entry): .released(entry, timeToLive: 0)
            case .nodeStatus: nil
            }
        }
    }

    init(_ nodeType: NodeType, seed: UInt64) {
        let network = IPv4Network(containing: .node, prefixLength: 24)
        var configuration = NameNode.Configuration(address: .node, network: network ?? .documentation)
        configuration.nodeType = nodeType
        configuration.nameServers = [Self.nameServer, Self.secondNameServer]
        configuration.claimRate = Self.claimRate
        self.node = NameNode(configuration)
        self.generator = SeededGenerator(seed: seed)
    }

    mutating func set(_ names: Range<Int>) {
        self.node.setNames(names.map { AdvertisedName(.numbered($0)) }, now: self.now, using: &self.generator)
        self.drain()
    }

    /// Lets the clock run from deadline to deadline, up to `end`.
    mutating func run(until end: Duration) {
        while let deadline = self.node.nextDeadline, deadline <= end {
            self.now = max(self.now, deadline)
            self.node.advance(to: self.now, using: &self.generator)
            self.drain()
        }
        self.now = end
    }

    mutating func receive(_ bytes: [UInt8], from source: NameServiceEndpoint, wasBroadcast: Bool) {
        try? self.node.received(
            bytes,
            from: source,
            wasBroadcast: wasBroadcast,
            now: self.now,
            using: &self.generator
        )
        self.drain()
    }

    mutating func drain() {
        while let transmission = self.node.nextTransmission() {
            guard case .request(let request) = transmission.packet else { continue }
            let destination = transmission.destination.address
            self.sent.append((self.now, destination, request))
            guard [Self.nameServer, Self.secondNameServer].contains(destination),
                let answer = self.server.answer(to: request)
            else { continue }
            let response = NameServicePacket.response(NameServiceResponse(to: request, answer))
            self.receive(response.encoded(), from: NameServiceEndpoint(destination), wasBroadcast: false)
        }
        while self.node.nextEvent() != nil {}
        if self.recordsWaits { self.recordWaits() }
    }

    private mutating func recordWaits() {
        var waiting: [Wait: Duration] = [:]
        for (name, record) in self.node.claims {
            for place in [record.place, record.serverPlace].compactMap(\.self) {
                let wait = Wait(name: name, audience: place.audience, lane: place.lane)
                let start = self.waiting[wait] ?? self.now
                waiting[wait] = start
                let longest = self.longestWaits[place.lane] ?? .zero
                self.longestWaits[place.lane] = max(longest, self.now - start)
            }
        }
        self.waiting = waiting
    }

    /// The longest that a packet may wait in a lane behind those of `names` names, whatever else waits.
    static func bound(_ lane: ClaimLanes.Lane, names: Int) -> Duration {
        let rounds = (names + lane.share - 1) / lane.share + 1
        return .seconds(1) * (rounds * ClaimLanes.roundLength) / Self.claimRate
    }
}

// MARK: - Datagrams of all kinds

extension HostileNetwork {
    /// Hands in a datagram of any kind: bytes, requests, forged answers, with and without the id that the node waits for.
    mutating func receiveAnything(names: Range<Int>, knowsIDs: Bool) {
        let name = QualifiedName.numbered(Int.random(in: names, using: &self.generator))
        let hosts = [Self.nameServer, Self.nameServer, Self.secondNameServer, .rival, .client, .stranger, .node]
        var source = NameServiceEndpoint(hosts.randomElement(using: &self.generator) ?? .rival)
        if Int.random(in: 0..<3, using: &self.generator) == 0 {
            source = NameServiceEndpoint(IPv4Address(192, 0, 2, UInt8.random(in: 1...254, using: &self.generator)))
        }
        let wasBroadcast = Bool.random(using: &self.generator)
        let bytes: [UInt8]
        switch Int.random(in: 0..<10, using: &self.generator) {
        case 0: bytes = (0..<Int.random(in: 0..<80, using: &self.generator)).map { _ in self.generator.next() }
        case 1...3: bytes = NameServicePacket.request(self.anyRequest(about: name)).encoded()
        default:
            var id: UInt16 = self.generator.next()
            if knowsIDs, let asked = self.node.claims[name]?.registration?.asked {
                (id, source) = (asked.transactionID, NameServiceEndpoint(asked.host))
            }
            let answer = self.anyAnswer()
            bytes = NameServicePacket.response(
                NameServiceResponse(transactionID: id, name: name, answer: answer)
            ).encoded()
        }
        self.receive(bytes, from: source, wasBroadcast: wasBroadcast)
    }

    private mutating func anyEntry() -> AddressEntry {
        let address = IPv4Address(192, 0, 2, self.generator.next())
        return AddressEntry(Bool.random(using: &self.generator) ? address : .any)
    }

    private mutating func anyRequest(about name: QualifiedName) -> NameServiceRequest {
        let entry = self.anyEntry()
        let operations: [NameServiceRequest.Operation] = [
            .query(recursionDesired: true), .nodeStatus, .registration(entry, timeToLive: 0),
            .overwrite(entry, timeToLive: 0), .refresh(entry, timeToLive: 0), .release(entry), .release(entry),
            .multihomedRegistration(entry, timeToLive: 9),
        ]
        return NameServiceRequest(
            transactionID: self.generator.next(),
            name: name,
            isBroadcast: Bool.random(using: &self.generator),
            operation: operations.randomElement(using: &self.generator) ?? .nodeStatus
        )
    }

    private mutating func anyAnswer() -> NameServiceResponse.Answer {
        let entry = self.anyEntry()
        let seconds = [UInt32(0), 1, 60, .max].randomElement(using: &self.generator) ?? 0
        let answers: [NameServiceResponse.Answer] = [
            .addresses([entry], timeToLive: seconds), .queryRefused(.nameUnknown), .queryRefused(.serverFailure),
            .redirect(nameServer: .none, address: entry.address, timeToLive: seconds),
            .registered(entry, timeToLive: seconds), .registrationRefused(.active, entry, timeToLive: seconds),
            .registrationRefused(.conflict, entry, timeToLive: 0), .challenge(entry, timeToLive: seconds),
            .registrationRefused(.serverFailure, entry, timeToLive: 0), .released(entry, timeToLive: 0),
            .releaseRefused(.active, entry, timeToLive: 0), .wait(seconds: seconds, requestWord: 0x7900),
        ]
        return answers.randomElement(using: &self.generator) ?? .queryRefused(.nameUnknown)
    }
}
