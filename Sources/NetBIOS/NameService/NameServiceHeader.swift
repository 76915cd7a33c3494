/// The twelve-byte header of a name service packet (RFC 1002 §4.2.1.1).
///
/// Used only by packets: ``NameServiceRequest`` and ``NameServiceResponse`` hold the meaning of its bits.
struct NameServiceHeader: Hashable, Sendable {
    /// NAME_TRN_ID: chosen by the client, the same in all retransmissions, echoed in the response.
    var transactionID: UInt16
    /// The R bit.
    var isResponse: Bool
    /// The OPCODE field, four bits.
    var opcode: Opcode
    /// The NM_FLAGS field.
    var flags: Flags = []
    /// The RCODE field, 0 to 15.
    var resultCode: UInt8 = 0
    /// The number of records of each kind.
    var counts: Counts

    /// The operation codes (RFC 1002 §4.2.1.1, and one of Microsoft's).
    enum Opcode: UInt8, Hashable, Sendable, CaseIterable {
        /// A name query or a node status request.
        case query = 0
        /// A registration, or an overwrite if RD is clear.
        case registration = 5
        /// A release.
        case release = 6
        /// WACK: the response takes longer.
        case waitForAcknowledgement = 7
        /// A refresh, as implemented in practice.
        case refresh = 8
        /// A refresh, as in the diagram of RFC 1002 §4.2.4.
        case refreshAsPrinted = 9
        /// Microsoft's registration of an additional address of the owner.
        case multihomedRegistration = 15
    }

    /// NM_FLAGS at their bits of the second word. The reserved bits 0x0060 are zero when written and ignored when read.
    struct Flags: OptionSet, Hashable, Sendable {
        /// The bits in place.
        let rawValue: UInt16

        /// AA: the sender owns the name.
        static let authoritativeAnswer = Flags(rawValue: 0x0400)
        /// TC: the response is truncated.
        static let truncation = Flags(rawValue: 0x0200)
        /// RD: requests the service of a name server; set in registrations, clear in overwrites.
        static let recursionDesired = Flags(rawValue: 0x0100)
        /// RA: the sender is a name server, or responds like one.
        static let recursionAvailable = Flags(rawValue: 0x0080)
        /// B: the packet was broadcast.
        static let broadcast = Flags(rawValue: 0x0010)
    }

    /// QDCOUNT, ANCOUNT, NSCOUNT and ARCOUNT.
    struct Counts: Hashable, Sendable {
        /// Entries in the question section.
        var questions: UInt16 = 0
        /// Records in the answer section.
        var answers: UInt16 = 0
        /// Records in the authority section.
        var authorities: UInt16 = 0
        /// Records in the additional section.
        var additionals: UInt16 = 0
    }
}

// MARK: - Wire format (RFC 1002 §4.2.1.1)

extension NameServiceHeader {
    /// The encoded length, in bytes.
    static let encodedLength = 12

    /// Encodes the header.
    func encode(into writer: inout ByteWriter) {
        writer.write(self.transactionID)
        let response: UInt16 = self.isResponse ? 0x8000 : 0
        let opcode = UInt16(self.opcode.rawValue) << 11
        writer.write(response | opcode | self.flags.rawValue | UInt16(self.resultCode & 0x0F))
        writer.write(self.counts.questions)
        writer.write(self.counts.answers)
        writer.write(self.counts.authorities)
        writer.write(self.counts.additionals)
    }

    /// Decodes the header; an unknown OPCODE is an error.
    init(from reader: inout ByteReader) throws(WireError) {
        self.transactionID = try reader.readUInt16("NAME_TRN_ID")
        let word = try reader.readUInt16("OPCODE")
        self.isResponse = word & 0x8000 != 0
        let number = UInt8(word >> 11 & 0x0F)
        guard let opcode = Opcode(rawValue: number) else {
            throw WireError(.invalid(Int(number), expected: "0, 5 to 9 or 15"), field: "OPCODE", offset: 2)
        }
        self.opcode = opcode
        self.flags = Flags(rawValue: word & 0x0790)
        self.resultCode = UInt8(word & 0x0F)
        self.counts = Counts(
            questions: try reader.readUInt16("QDCOUNT"),
            answers: try reader.readUInt16("ANCOUNT"),
            authorities: try reader.readUInt16("NSCOUNT"),
            additionals: try reader.readUInt16("ARCOUNT")
        )
    }

    /// Checks that the counts are those of this kind of packet.
    func expect(_ expected: Counts, in packet: String) throws(WireError) {
        try Self.expect(self.counts.questions, expected.questions, field: "QDCOUNT of \(packet)", offset: 4)
        try Self.expect(self.counts.answers, expected.answers, field: "ANCOUNT of \(packet)", offset: 6)
        try Self.expect(self.counts.authorities, expected.authorities, field: "NSCOUNT of \(packet)", offset: 8)
        try Self.expect(self.counts.additionals, expected.additionals, field: "ARCOUNT of \(packet)", offset: 10)
    }

    private static func expect(_ count: UInt16, _ expected: UInt16, field: String, offset: Int) throws(WireError) {
        guard count == expected else {
            throw WireError(.invalid(Int(count), expected: "\(expected)"), field: field, offset: offset)
        }
    }
}
