/// A packet that asks for something: a name's address, a node's names, or that others respect a name (RFC 1002 §4.2).
///
/// Answers are a type of their own, ``NameServiceResponse``, so that an answer to an answer cannot be written.
public struct NameServiceRequest: Hashable, Sendable {
    /// NAME_TRN_ID: random, the same in every retransmission, echoed in the answer.
    public var transactionID: UInt16
    /// QUESTION_NAME, with the bytes as they came.
    public var name: QualifiedName
    /// The B bit: sent to everybody on the link.
    public var isBroadcast: Bool
    /// What is asked.
    public var operation: Operation

    /// What a request asks. Times to live are in seconds; 0 means that it does not end.
    public enum Operation: Hashable, Sendable {
        /// The addresses of the name (§4.2.12). A name server is asked with recursion desired, a node without.
        case query(recursionDesired: Bool)
        /// The names of the node that owns this one (§4.2.17).
        case nodeStatus
        /// Respect this name as ours, or object (§4.2.2).
        case registration(AddressEntry, timeToLive: UInt32)
        /// This name is ours (§4.2.3): by unicast a request to a name server, by broadcast a demand.
        case overwrite(AddressEntry, timeToLive: UInt32)
        /// This name is still ours (§4.2.4).
        case refresh(AddressEntry, timeToLive: UInt32)
        /// Add this to the addresses of our name: Microsoft's, to a WINS server.
        case multihomedRegistration(AddressEntry, timeToLive: UInt32)
        /// This name is ours no longer (§4.2.9).
        case release(AddressEntry)
    }

    /// A request from its parts.
    public init(transactionID: UInt16, name: QualifiedName, isBroadcast: Bool, operation: Operation) {
        self.transactionID = transactionID
        self.name = name
        self.isBroadcast = isBroadcast
        self.operation = operation
    }
}

extension NameServiceRequest.Operation {
    /// The address that the request is about, where it is about one.
    public var entry: AddressEntry? {
        switch self {
        case .query, .nodeStatus:
            nil
        case .registration(let entry, _), .overwrite(let entry, _), .refresh(let entry, _),
            .multihomedRegistration(let entry, _), .release(let entry):
            entry
        }
    }
}

// MARK: - Wire format (RFC 1002 §4.2.2 to §4.2.4, §4.2.9, §4.2.12, §4.2.17)

extension NameServiceRequest {
    /// The bytes of the datagram: 50 for a question and 68 with a record, and the scope's on top.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        self.header.encode(into: &writer)
        self.name.encode(into: &writer)
        let kind: ResourceRecord.Kind = self.operation == .nodeStatus ? .nodeStatus : .netBIOS
        kind.encode(into: &writer)
        switch self.operation {
        case .query, .nodeStatus:
            break
        case .registration(let entry, let timeToLive), .overwrite(let entry, let timeToLive),
            .refresh(let entry, let timeToLive), .multihomedRegistration(let entry, let timeToLive):
            Self.encode(entry, timeToLive: timeToLive, into: &writer)
        case .release(let entry):
            Self.encode(entry, timeToLive: 0, into: &writer)
        }
        return writer.bytes
    }

    /// Reads what follows the header of a request. Flags without a meaning in the packet are ignored.
    init(_ header: NameServiceHeader, from reader: inout ByteReader) throws(WireError) {
        self.transactionID = header.transactionID
        self.isBroadcast = header.flags.contains(.broadcast)
        try header.expect(Self.counts(of: header.opcode), in: "request")
        self.name = try QualifiedName(from: &reader, field: "QUESTION_NAME")
        let question = try ResourceRecord.Kind(from: &reader, field: "QUESTION")
        let recursionDesired = header.flags.contains(.recursionDesired)
        switch header.opcode {
        case .query:
            switch question {
            case .netBIOS: self.operation = .query(recursionDesired: recursionDesired)
            case .nodeStatus: self.operation = .nodeStatus
            case .address, .nameServer, .null: throw Self.unexpected(question, at: reader)
            }
        case .registration, .release, .refresh, .refreshAsPrinted, .multihomedRegistration:
            guard question == .netBIOS else { throw Self.unexpected(question, at: reader) }
            let (entry, timeToLive) = try Self.decodeRecord(of: self.name, from: &reader)
            self.operation =
                switch header.opcode {
                case .release: .release(entry)
                case .refresh, .refreshAsPrinted: .refresh(entry, timeToLive: timeToLive)
                case .multihomedRegistration: .multihomedRegistration(entry, timeToLive: timeToLive)
                case .registration, .query, .waitForAcknowledgement:
                    recursionDesired
                        ? .registration(entry, timeToLive: timeToLive) : .overwrite(entry, timeToLive: timeToLive)
                }
        case .waitForAcknowledgement:
            throw WireError(.invalid(7, expected: "WACK in responses only"), field: "OPCODE", offset: 2)
        }
    }

    /// The header that says what the request is.
    private var header: NameServiceHeader {
        let (opcode, recursionDesired): (NameServiceHeader.Opcode, Bool) =
            switch self.operation {
            case .query(let recursionDesired): (.query, recursionDesired)
            case .nodeStatus: (.query, false)
            case .registration: (.registration, true)
            case .overwrite: (.registration, false)
            case .refresh: (.refresh, false)
            case .multihomedRegistration: (.multihomedRegistration, true)
            case .release: (.release, false)
            }
        var flags: NameServiceHeader.Flags = recursionDesired ? .recursionDesired : []
        if self.isBroadcast { flags.insert(.broadcast) }
        return NameServiceHeader(
            transactionID: self.transactionID,
            isResponse: false,
            opcode: opcode,
            flags: flags,
            counts: Self.counts(of: opcode)
        )
    }

    /// One question; whatever changes names also has one additional record.
    private static func counts(of opcode: NameServiceHeader.Opcode) -> NameServiceHeader.Counts {
        NameServiceHeader.Counts(questions: 1, additionals: opcode == .query ? 0 : 1)
    }

    /// Writes the additional record: RR_NAME is a pointer to QUESTION_NAME (§4.2.2).
    private static func encode(_ entry: AddressEntry, timeToLive: UInt32, into writer: inout ByteWriter) {
        writer.write(UInt16(0xC000) | UInt16(NameServiceHeader.encodedLength))
        ResourceRecord.encode(.netBIOS, timeToLive: timeToLive, data: entry.encoded, into: &writer)
    }

    /// Reads the additional record, which must be about the name of the question.
    private static func decodeRecord(
        of name: QualifiedName,
        from reader: inout ByteReader
    ) throws(WireError) -> (AddressEntry, timeToLive: UInt32) {
        let start = reader.offset
        guard try QualifiedName(from: &reader, field: "RR_NAME") == name else {
            throw WireError(
                .invalid(start, expected: "the name of the question"),
                field: "RR_NAME",
                offset: start
            )
        }
        let place = reader.offset
        let record = try ResourceRecord(from: &reader)
        try record.expect(.netBIOS, at: place)
        let entry = try AddressEntry(from: &reader)
        try record.expectEnd(at: reader)
        return (entry, record.timeToLive)
    }

    private static func unexpected(_ kind: ResourceRecord.Kind, at reader: ByteReader) -> WireError {
        WireError(
            .invalid(Int(kind.rawValue), expected: "NB, or NBSTAT in a query"),
            field: "QUESTION_TYPE",
            offset: reader.offset - 4
        )
    }
}
