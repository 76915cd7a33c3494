// Built by `Tests/Fuzz/run protocol` together with the sources of NetBIOS, as one module; no target of the package.

/// What libFuzzer calls with every input. A trap, a failed check or a bad access ends the process and keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNetBIOS(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    fuzzSession(bytes)
    fuzzDatagram(bytes)
    fuzzInquiry(bytes)
    // The first byte is half of a transaction id, which no decision hangs on: an odd one makes the bytes a story.
    if let first = bytes.first, first % 2 == 1 {
        fuzzStory(bytes)
    } else {
        fuzzPacket(bytes)
        fuzzNode(bytes)
    }
    return 0
}

/// A packet that is read must be read again as the same packet from what we write; but for what we cut.
private func fuzzPacket(_ bytes: [UInt8]) {
    guard let packet = try? NameServicePacket(decoding: bytes) else { return }
    let encoded = packet.encoded()
    if case .response(let response) = packet {
        switch response.answer {
        case .addresses(let entries, _) where entries.count > NameServiceResponse.maximumAddresses: return
        case .nodeStatus(let status)
        where status.names.count > NodeStatus.maximumNames || encoded.count + 18 > NameServicePacket.maximumLength:
            return
        default: break
        }
    }
    let again = try? NameServicePacket(decoding: encoded)
    precondition(again == packet, "\(packet) is read back as \(String(describing: again))")
}

/// Hands the bytes to a node that owns names, as a datagram of its own and as a broadcast. A response gets no answer.
private func fuzzNode(_ bytes: [UInt8]) {
    let packet = try? NameServicePacket(decoding: bytes)
    for wasBroadcast in [false, true] {
        var bench = FuzzBench.prepared
        bench.receive(bytes, wasBroadcast: wasBroadcast)
        var answers = 0
        while let transmission = bench.node.nextTransmission() {
            precondition(transmission.bytes.count <= NameServicePacket.maximumLength)
            if case .response = transmission.packet { answers += 1 }
        }
        switch packet {
        case .request: precondition(answers <= 1)
        case .response, nil: precondition(answers == 0)
        }
    }
}

/// Takes the bytes as a story: time passes, names come and go, datagrams come in. At its end the node must stop.
private func fuzzStory(_ bytes: [UInt8]) {
    var bench = FuzzBench.prepared
    var rest = bytes[...]
    for _ in 0..<64 {
        guard let verb = rest.popFirst(), let argument = rest.popFirst() else { break }
        switch verb % 5 {
        case 0:
            bench.advance(by: .milliseconds(Int(argument) * 10))
        case 1:
            bench.setNames(mask: argument)
        case 2:
            bench.node.stopSilently()
        case 3:
            bench.echo(rest.prefix(Int(argument)))
            rest = rest.dropFirst(Int(argument))
        default:
            bench.receive(Array(rest.prefix(Int(argument))), wasBroadcast: verb & 0x80 != 0)
            rest = rest.dropFirst(Int(argument))
        }
    }
    bench.setNames(mask: 0)
    for _ in 0..<8 { bench.advance(by: .milliseconds(250)) }
    precondition(bench.node.isIdle, "\(bench.node.names)")
    precondition(bench.node.nextDeadline == nil)
}

/// A node and its clock.
private struct FuzzBench: Sendable {
    var node: NameNode
    private var now: Duration = .zero
    private var generator = SameNumbers()
    private var lastID: UInt16 = 0

    /// Numbers that are the same in every run.
    private struct SameNumbers: RandomNumberGenerator, Sendable {
        var state: UInt64 = 1

        mutating func next() -> UInt64 {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return self.state
        }
    }

    /// The names that a story turns on and off.
    private static let names: [AdvertisedName] = {
        let scope = Scope(labels: [Array("example".utf8), Array("com".utf8)])
        let texts = ["FILESRV", "WORKGROUP", "OTHER", "FLOATING"]
        let names = texts.compactMap { try? NetBIOSName($0) }
        return names.map { AdvertisedName(QualifiedName($0)) }
            + names.map { AdvertisedName(QualifiedName($0, scope: scope), isGroup: true) }
    }()

    /// A node at `192.0.2.1` that owns all of the names.
    static let prepared: FuzzBench = {
        var bench = FuzzBench()
        bench.setNames(mask: 0xFF)
        for _ in 0..<8 { bench.advance(by: .milliseconds(250)) }
        return bench
    }()

    private init() {
        let address = IPv4Address(192, 0, 2, 1)
        guard let network = IPv4Network(containing: address, prefixLength: 24) else { preconditionFailure() }
        self.node = NameNode(NameNode.Configuration(address: address, network: network))
    }

    /// Lets time pass, as far as the deadline if that comes later, and takes out what is sent.
    mutating func advance(by duration: Duration) {
        self.now += duration
        self.node.advance(to: self.now, using: &self.generator)
        self.drain()
    }

    mutating func setNames(mask: UInt8) {
        let names = Self.names.enumerated().filter { mask & 1 << UInt8($0.offset) != 0 }.map(\.element)
        self.node.setNames(names, now: self.now, using: &self.generator)
        self.drain()
    }

    mutating func receive(_ bytes: [UInt8], wasBroadcast: Bool) {
        let source = NameServiceEndpoint(IPv4Address(192, 0, 2, 66))
        try? self.node.received(bytes, from: source, wasBroadcast: wasBroadcast, now: self.now, using: &self.generator)
    }

    /// Receives bytes as a datagram with the id of what the node sent last, so that answers match.
    mutating func echo(_ bytes: ArraySlice<UInt8>) {
        self.receive([UInt8(self.lastID >> 8), UInt8(self.lastID & 0xFF)] + bytes, wasBroadcast: false)
    }

    private mutating func drain() {
        while let transmission = self.node.nextTransmission() {
            if case .request(let request) = transmission.packet { self.lastID = request.transactionID }
            _ = transmission.bytes
        }
        while self.node.nextEvent() != nil {}
    }
}
