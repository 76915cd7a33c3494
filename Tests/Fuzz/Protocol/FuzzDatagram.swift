/// Checks that a decoded datagram, its message and its frame are decoded again from their encoding as the same.
func fuzzDatagram(_ bytes: [UInt8]) {
    fuzzAnnouncer(bytes)
    fuzzMessage(bytes)
    guard let datagram = try? NetBIOSDatagram(decoding: bytes) else { return }
    let again = try? NetBIOSDatagram(decoding: datagram.encoded())
    precondition(again == datagram, "\(datagram) is read back as \(String(describing: again))")
    fuzzMessage(datagram.userData)
}

private func fuzzMessage(_ bytes: [UInt8]) {
    guard let message = try? MailslotWrite(decoding: bytes) else { return }
    let again = try? MailslotWrite(decoding: message.encoded())
    precondition(again == message, "\(message) is read back as \(String(describing: again))")
    guard case .hostAnnouncement(let announcement) = try? BrowserFrame(decoding: message.data),
        announcement.comment.count <= HostAnnouncement.maximumCommentLength
    else { return }
    let frame = try? BrowserFrame(decoding: announcement.encoded())
    precondition(
        frame == .hostAnnouncement(announcement),
        "\(announcement) is read back as \(String(describing: frame))"
    )
}

/// Checks that an announcer that receives the bytes announces each of its names at most once in the next half minute,
/// and continues on schedule.
private func fuzzAnnouncer(_ bytes: [UInt8]) {
    var announcer = FuzzAnnouncer.prepared
    var generator = SystemRandomNumberGenerator()
    let source = NameServiceEndpoint(IPv4Address(192, 0, 2, 66), port: 138)
    for _ in 0..<3 {
        try? announcer.received(bytes, from: source, now: FuzzAnnouncer.start, using: &generator)
    }
    announcer.advance(to: FuzzAnnouncer.start + .seconds(29), using: &generator)
    var count = 0
    while let transmission = announcer.nextTransmission() {
        precondition((try? NetBIOSDatagram(decoding: transmission.bytes)) == transmission.datagram)
        count += 1
    }
    precondition(count <= FuzzAnnouncer.names.count)
    precondition(announcer.nextDeadline != nil)
}

/// An announcer that announced all of its names a while ago.
private enum FuzzAnnouncer {
    static let start: Duration = .seconds(10_000)

    static let names: [QualifiedName] = ["FILESRV", "OTHER"].compactMap { name in
        (try? NetBIOSName(name)).map { QualifiedName($0) }
    }

    static let prepared: NameAnnouncer = {
        let address = IPv4Address(192, 0, 2, 1)
        guard let network = IPv4Network(containing: address, prefixLength: 24),
            let workgroup = try? NetBIOSName("LABGROUP", suffix: .workstation)
        else { preconditionFailure() }
        var generator = SystemRandomNumberGenerator()
        var announcer = NameAnnouncer(
            NameAnnouncer.Configuration(address: address, network: network, workgroup: workgroup)
        )
        for name in names { announcer.owned(name, at: address, now: .zero, using: &generator) }
        while let deadline = announcer.nextDeadline, deadline <= start {
            announcer.advance(to: deadline, using: &generator)
        }
        while announcer.nextTransmission() != nil {}
        return announcer
    }()
}

/// Checks that bytes received as a response end the query's wait, or extend it by at most a minute.
func fuzzInquiry(_ bytes: [UInt8]) {
    guard bytes.count > 2 else { return }
    let host = IPv4Address(192, 0, 2, 66)
    var generator = SystemRandomNumberGenerator()
    for isBroadcast in [false, true] {
        var inquiry = NameInquiry(
            FuzzAnnouncer.names,
            .owner(recursionDesired: true),
            to: NameServiceEndpoint(host),
            isBroadcast: isBroadcast,
            using: &generator
        )
        inquiry.advance(to: .zero)
        while let transmission = inquiry.nextTransmission() {
            inquiry.received(Array(transmission.bytes.prefix(2)) + bytes.dropFirst(2), from: host, at: .zero)
        }
        while let deadline = inquiry.nextDeadline {
            precondition(deadline <= .seconds(90))
            inquiry.advance(to: deadline)
            while inquiry.nextTransmission() != nil {}
        }
    }
}
