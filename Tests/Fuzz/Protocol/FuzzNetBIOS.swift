// Built by `Tests/Fuzz/run protocol` together with the sources of NetBIOS, as one module; no target of the package.

/// The entry point of libFuzzer. A trap, a failed check or a bad access ends the process and keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNetBIOS(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    fuzzSession(bytes)
    fuzzDatagram(bytes)
    fuzzInquiry(bytes)
    // The first byte is half of a transaction id, which has no influence: an odd one makes the bytes a script.
    if let first = bytes.first, first % 2 == 1 {
        fuzzStory(bytes)
    } else {
        fuzzPacket(bytes)
        fuzzNode(bytes)
    }
    return 0
}

/// Checks that a decoded packet is decoded again from its encoding as the same, except for truncated lists.
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

/// Passes the bytes to a node that owns names, as a unicast and as a broadcast. A response must not be answered.
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

/// Interprets the bytes as a script: time passes, names come and go, datagrams arrive. At its end the node must stop.
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

    /// Reproducible random numbers.
    private struct SameNumbers: RandomNumberGenerator, Sendable {
        var state: UInt64 = 1

        mutating func next() -> UInt64 {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return self.state
        }
    }

    /// The names that a script adds and removes.
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

    /// Advances the time, at most to the next deadline if that is later, and removes sent packets.
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

    /// Receives bytes as a datagram with the id of the last packet that the node sent, so that responses match.
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
