/// Interprets the bytes as a client's stream: as one packet, as a session request in two chunkings, and as a stream of
/// frames in two chunkings. The outcome must not depend on the chunking.
func fuzzSession(_ bytes: [UInt8]) {
    if let packet = try? SessionPacket(decoding: bytes) {
        let again = try? SessionPacket(decoding: packet.encoded())
        precondition(again == packet, "\(packet) is read back as \(String(describing: again))")
    }
    let step = 1 + Int(bytes.first ?? 0) % 7
    precondition(outcome(of: bytes, step: bytes.count + 1) == outcome(of: bytes, step: step))
    for dropsKeepAlives in [false, true] {
        precondition(
            forwarded(bytes, step: bytes.count + 1, dropsKeepAlives: dropsKeepAlives)
                == forwarded(bytes, step: step, dropsKeepAlives: dropsKeepAlives)
        )
    }
    var sniffer = NegotiateSniffer()
    for start in stride(from: 0, to: bytes.count, by: step) {
        let chunk = Array(bytes[start..<min(start + step, bytes.count)])
        sniffer.receivedFromClient(chunk.span.bytes)
        sniffer.receivedFromBackend(chunk.span.bytes)
    }
    precondition(sniffer.offered.count <= MessagePrefix.limit)
}

/// The outcome of an acceptor: none yet, a refusal, a hang-up, or a call with early bytes.
private enum Outcome: Equatable {
    case waits, hangsUp
    case refuses(SessionRefusal)
    case relays(SessionRequest, early: [UInt8])
}

private func outcome(of bytes: [UInt8], step: Int) -> Outcome {
    var acceptor = SessionAcceptor()
    var call: SessionRequest?
    for start in stride(from: 0, to: bytes.count, by: step) {
        switch acceptor.received(Array(bytes[start..<min(start + step, bytes.count)])) {
        case .wait: continue
        case .decide(let request): call = request
        case .refuse(let refusal, _): return .refuses(refusal)
        case .hangUp: return .hangsUp
        case .relay: preconditionFailure("relayed before it was accepted")
        }
    }
    guard let call else { return .waits }
    guard case .relay(_, let early) = acceptor.accept() else { preconditionFailure("a call that cannot be accepted") }
    return .relays(call, early: early)
}

/// The forwarded bytes, and the type of the packet that ended the stream.
private struct Forwarded: Equatable {
    var bytes: [UInt8] = []
    var violation: UInt8?
}

private func forwarded(_ bytes: [UInt8], step: Int, dropsKeepAlives: Bool) -> Forwarded {
    var walker = FrameWalker(dropsKeepAlives: dropsKeepAlives)
    var result = Forwarded()
    for start in stride(from: 0, to: bytes.count, by: step) {
        var chunk = Array(bytes[start..<min(start + step, bytes.count)])
        var span = chunk.mutableSpan.mutableBytes
        let walk = walker.walk(&span)
        result.bytes += chunk.prefix(walk.count)
        result.violation = walk.violation
        if walk.violation != nil { return result }
    }
    return result
}
