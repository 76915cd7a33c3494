/// A response to a ``NameServiceRequest``, or a conflict demand to the owner of a name (RFC 1002 §4.2).
public struct NameServiceResponse: Hashable, Sendable {
    /// NAME_TRN_ID of the request.
    public var transactionID: UInt16
    /// RR_NAME: the name of the request, byte for byte.
    public var name: QualifiedName
    public var answer: Answer

    /// The content of a response. Times to live are in seconds; 0 means no expiry.
    public enum Answer: Hashable, Sendable {
        /// The addresses of the name (§4.2.13). At most ``maximumAddresses`` are sent.
        case addresses([AddressEntry], timeToLive: UInt32)
        /// A negative name query response (§4.2.14).
        case queryRefused(NameServiceRefusal)
        /// Redirects to another name server (§4.2.15). End nodes never send it.
        case redirect(nameServer: Scope, address: IPv4Address, timeToLive: UInt32)
        /// The names of the node (§4.2.18).
        case nodeStatus(NodeStatus)
        /// The name is registered or refreshed (§4.2.5).
        case registered(AddressEntry, timeToLive: UInt32)
        /// The registration is refused (§4.2.6); with ``NameServiceRefusal/conflict``, a conflict demand (§4.2.8).
        case registrationRefused(NameServiceRefusal, AddressEntry, timeToLive: UInt32)
        /// Another node owned the name; challenge that node (§4.2.7).
        case challenge(AddressEntry, timeToLive: UInt32)
        /// The name is released (§4.2.10).
        case released(AddressEntry, timeToLive: UInt32)
        /// The release is refused (§4.2.11).
        case releaseRefused(NameServiceRefusal, AddressEntry, timeToLive: UInt32)
        /// The response takes up to this many seconds longer (§4.2.16). `requestWord` is the second word of the
        /// request's header.
        case wait(seconds: UInt32, requestWord: UInt16)
    }

    public init(transactionID: UInt16, name: QualifiedName, answer: Answer) {
        self.transactionID = transactionID
        self.name = name
        self.answer = answer
    }

    /// Makes the response to `request`, with its id and its spelling of the name.
    public init(to request: NameServiceRequest, _ answer: Answer) {
        self.init(transactionID: request.transactionID, name: request.name, answer: answer)
    }

    /// The maximum number of addresses sent for one name; more would exceed ``NameServicePacket/maximumLength``.
    public static let maximumAddresses = 25
}

// MARK: - Encoding (RFC 1002 §4.2.5 to §4.2.8, §4.2.10, §4.2.11, §4.2.13 to §4.2.16, §4.2.18)

extension NameServiceResponse {
    /// Encodes the datagram, at most ``NameServicePacket/maximumLength`` bytes.
    public func encoded() -> [UInt8] {
        var name = ByteWriter()
        self.name.encode(into: &name)
        var record = ByteWriter()
        var isTruncated = false
        switch self.answer {
        case .addresses(let entries, let timeToLive):
            let data = entries.prefix(Self.maximumAddresses).flatMap(\.encoded)
            isTruncated = entries.count > Self.maximumAddresses
            ResourceRecord.encode(.netBIOS, timeToLive: timeToLive, data: data, into: &record)
        case .queryRefused:
            ResourceRecord.encode(.null, timeToLive: 0, data: [], into: &record)
        case .redirect(let nameServer, let address, let timeToLive):
            var server = ByteWriter()
            nameServer.encode(into: &server)
            ResourceRecord.encode(.nameServer, timeToLive: timeToLive, data: server.bytes, into: &record)
            record.write(server.bytes)
            var data = ByteWriter()
            data.write(address.rawValue)
            ResourceRecord.encode(.address, timeToLive: timeToLive, data: data.bytes, into: &record)
        case .nodeStatus(let status):
            var data = ByteWriter()
            let room = NameServicePacket.maximumLength - NameServiceHeader.encodedLength - name.bytes.count
            isTruncated = status.encode(into: &data, room: room - ResourceRecord.fixedLength) || status.isTruncated
            ResourceRecord.encode(.nodeStatus, timeToLive: 0, data: data.bytes, into: &record)
        case .registered(let entry, let timeToLive), .registrationRefused(_, let entry, let timeToLive),
            .challenge(let entry, let timeToLive), .released(let entry, let timeToLive),
            .releaseRefused(_, let entry, let timeToLive):
            ResourceRecord.encode(.netBIOS, timeToLive: timeToLive, data: entry.encoded, into: &record)
        case .wait(let seconds, let requestWord):
            var data = ByteWriter()
            data.write(requestWord)
            ResourceRecord.encode(.netBIOS, timeToLive: seconds, data: data.bytes, into: &record)
        }
        var writer = ByteWriter()
        self.header(isTruncated: isTruncated).encode(into: &writer)
        writer.write(name.bytes)
        writer.write(record.bytes)
        return writer.bytes
    }

    /// The header of the response.
    ///
    /// Responses to queries have RD and RA set, as those of nmbd and as the oldest clients expect; in RFC 1002 §4.2.13
    /// RD repeats that of the request and RA marks a name server, which no client relies on.
    private func header(isTruncated: Bool) -> NameServiceHeader {
        let (opcode, flags, refusal): (NameServiceHeader.Opcode, NameServiceHeader.Flags, NameServiceRefusal?) =
            switch self.answer {
            case .addresses: (.query, [.authoritativeAnswer, .recursionDesired, .recursionAvailable], nil)
            case .queryRefused(let refusal):
                (.query, [.authoritativeAnswer, .recursionDesired, .recursionAvailable], refusal)
            case .redirect: (.query, .recursionDesired, nil)
            case .nodeStatus: (.query, .authoritativeAnswer, nil)
            case .registered:
                (.registration, [.authoritativeAnswer, .recursionDesired, .recursionAvailable], nil)
            case .registrationRefused(let refusal, _, _):
                (.registration, [.authoritativeAnswer, .recursionDesired, .recursionAvailable], refusal)
            case .challenge: (.registration, [.authoritativeAnswer, .recursionDesired], nil)
            case .released: (.release, .authoritativeAnswer, nil)
            case .releaseRefused(let refusal, _, _): (.release, .authoritativeAnswer, refusal)
            case .wait: (.waitForAcknowledgement, .authoritativeAnswer, nil)
            }
        let isRedirect = if case .redirect = self.answer { true } else { false }
        return NameServiceHeader(
            transactionID: self.transactionID,
            isResponse: true,
            opcode: opcode,
            flags: isTruncated ? flags.union(.truncation) : flags,
            resultCode: refusal?.rawValue ?? 0,
            counts: isRedirect ? Self.redirectCounts : Self.answerCounts
        )
    }

    /// One answer record.
    private static let answerCounts = NameServiceHeader.Counts(answers: 1)

    /// No answer record: the name server's name is the authority record, and its address the additional one.
    private static let redirectCounts = NameServiceHeader.Counts(authorities: 1, additionals: 1)
}

// MARK: - Decoding

extension NameServiceResponse {
    /// Decodes the packet after the header. Flags that are meaningless in the packet are ignored.
    init(_ header: NameServiceHeader, from reader: inout ByteReader) throws(WireError) {
        self.transactionID = header.transactionID
        let refusal = try Self.refusal(header.resultCode)
        let isRedirect = header.opcode == .query && header.counts == Self.redirectCounts
        if isRedirect || header.opcode == .waitForAcknowledgement, let refusal {
            throw WireError(.invalid(Int(refusal.rawValue), expected: "0"), field: "RCODE", offset: 2)
        }
        let mayLackCount = header.opcode == .query && refusal != nil && header.counts == NameServiceHeader.Counts()
        if !isRedirect && !mayLackCount { try header.expect(Self.answerCounts, in: "response") }
        self.name = try QualifiedName(from: &reader, field: "RR_NAME")
        let place = reader.offset
        let record = try ResourceRecord(from: &reader)
        switch header.opcode {
        case .query:
            if isRedirect {
                self.answer = try Self.decodeRedirect(record, at: place, from: &reader)
            } else if let refusal {
                try record.expect(.null, at: place)
                self.answer = .queryRefused(refusal)
            } else {
                self.answer = try Self.decodeAnswer(header, record, at: place, from: &reader)
            }
        case .registration, .refresh, .refreshAsPrinted, .multihomedRegistration:
            try record.expect(.netBIOS, at: place)
            let entry = try AddressEntry(from: &reader)
            if let refusal {
                self.answer = .registrationRefused(refusal, entry, timeToLive: record.timeToLive)
            } else if header.flags.contains(.recursionAvailable) {
                self.answer = .registered(entry, timeToLive: record.timeToLive)
            } else {
                self.answer = .challenge(entry, timeToLive: record.timeToLive)
            }
        case .release:
            try record.expect(.netBIOS, at: place)
            let entry = try AddressEntry(from: &reader)
            self.answer =
                if let refusal {
                    .releaseRefused(refusal, entry, timeToLive: record.timeToLive)
                } else {
                    .released(entry, timeToLive: record.timeToLive)
                }
        case .waitForAcknowledgement:
            try record.expect(.netBIOS, .null, at: place)
            self.answer = .wait(seconds: record.timeToLive, requestWord: try reader.readUInt16("RDATA"))
        }
        if !isRedirect { try record.expectEnd(at: reader) }
    }

    /// Decodes a positive response to a name query or a node status request, which differ in the record type.
    private static func decodeAnswer(
        _ header: NameServiceHeader,
        _ record: ResourceRecord,
        at place: Int,
        from reader: inout ByteReader
    ) throws(WireError) -> Answer {
        try record.expect(.netBIOS, .nodeStatus, at: place)
        guard record.kind == .netBIOS else {
            let status = try NodeStatus(
                from: &reader,
                length: record.dataEnd - reader.offset,
                isTruncated: header.flags.contains(.truncation)
            )
            return .nodeStatus(status)
        }
        var entries: [AddressEntry] = []
        repeat { entries.append(try AddressEntry(from: &reader)) } while reader.offset < record.dataEnd
        return .addresses(entries, timeToLive: record.timeToLive)
    }

    /// Decodes the two records of a redirect; the second must be for the name server of the first (§4.2.15).
    private static func decodeRedirect(
        _ record: ResourceRecord,
        at place: Int,
        from reader: inout ByteReader
    ) throws(WireError) -> Answer {
        try record.expect(.nameServer, at: place)
        let nameServer = try Scope(from: &reader, field: "NSD_NAME")
        try record.expectEnd(at: reader)
        let start = reader.offset
        guard try Scope(from: &reader, field: "RR_NAME") == nameServer else {
            throw WireError(.invalid(start, expected: "the name of the name server"), field: "RR_NAME", offset: start)
        }
        let second = reader.offset
        let additional = try ResourceRecord(from: &reader)
        try additional.expect(.address, at: second)
        let address = IPv4Address(rawValue: try reader.readUInt32("NSD_IP_ADDR"))
        try additional.expectEnd(at: reader)
        return .redirect(nameServer: nameServer, address: address, timeToLive: record.timeToLive)
    }

    /// Decodes an RCODE; `nil` for 0.
    private static func refusal(_ code: UInt8) throws(WireError) -> NameServiceRefusal? {
        guard code != 0 else { return nil }
        guard let refusal = NameServiceRefusal(rawValue: code) else {
            throw WireError(.invalid(Int(code), expected: "0 to 7"), field: "RCODE", offset: 2)
        }
        return refusal
    }
}
