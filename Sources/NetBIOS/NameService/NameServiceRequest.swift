/// A request of the name service: a name query, a node status query, or a change of a registration (RFC 1002 §4.2).
///
/// Responses have a type of their own, ``NameServiceResponse``, so that a response cannot be answered.
public struct NameServiceRequest: Hashable, Sendable {
    /// NAME_TRN_ID: random, the same in all retransmissions, echoed in the response.
    public var transactionID: UInt16
    /// QUESTION_NAME, with its original bytes.
    public var name: QualifiedName
    /// The B bit: broadcast.
    public var isBroadcast: Bool
    public var operation: Operation

    /// The operation of a request. Times to live are in seconds; 0 means no expiry.
    public enum Operation: Hashable, Sendable {
        /// Queries the addresses of the name (§4.2.12); a name server with recursion desired, a node without.
        case query(recursionDesired: Bool)
        /// Queries the names of the node that owns this name (§4.2.17).
        case nodeStatus
        /// Registers the name; owners object (§4.2.2).
        case registration(AddressEntry, timeToLive: UInt32)
        /// States ownership of the name (§4.2.3): by unicast a request to a name server, by broadcast a demand.
        case overwrite(AddressEntry, timeToLive: UInt32)
        /// Refreshes the registration (§4.2.4).
        case refresh(AddressEntry, timeToLive: UInt32)
        /// Adds an address to those of the name at a WINS server (Microsoft).
        case multihomedRegistration(AddressEntry, timeToLive: UInt32)
        /// Releases the name (§4.2.9).
        case release(AddressEntry)
    }

    public init(transactionID: UInt16, name: QualifiedName, isBroadcast: Bool, operation: Operation) {
        self.transactionID = transactionID
        self.name = name
        self.isBroadcast = isBroadcast
        self.operation = operation
    }
}

extension NameServiceRequest.Operation {
    /// The address of the request, if it has one.
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
    /// Encodes the datagram: 50 bytes for a query and 68 with a record, plus the scope.
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

    /// Decodes the packet after the header. Flags that are meaningless in the packet are ignored.
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

    /// The header of the request.
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

    /// One question; a change of a registration also has one additional record.
    private static func counts(of opcode: NameServiceHeader.Opcode) -> NameServiceHeader.Counts {
        NameServiceHeader.Counts(questions: 1, additionals: opcode == .query ? 0 : 1)
    }

    /// Encodes the additional record: RR_NAME is a pointer to QUESTION_NAME (§4.2.2).
    private static func encode(_ entry: AddressEntry, timeToLive: UInt32, into writer: inout ByteWriter) {
        writer.write(UInt16(0xC000) | UInt16(NameServiceHeader.encodedLength))
        ResourceRecord.encode(.netBIOS, timeToLive: timeToLive, data: entry.encoded, into: &writer)
    }

    /// Decodes the additional record, which must be for the name of the question.
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
