/// The fields of a resource record between its name and its data (RFC 1002 §4.2.1.3).
///
/// The class is not stored: it must be IN.
struct ResourceRecord: Hashable, Sendable {
    /// RR_TYPE.
    var kind: Kind
    /// TTL, in seconds.
    var timeToLive: UInt32
    /// The offset of the data's end in the packet; never past the packet's end.
    let dataEnd: Int

    /// The types of records and questions (RFC 1002 §4.2.1.2 and §4.2.1.3).
    enum Kind: UInt16, Hashable, Sendable, CaseIterable {
        /// A: an address of a name server.
        case address = 0x0001
        /// NS: the name of a name server.
        case nameServer = 0x0002
        /// NULL: no data.
        case null = 0x000A
        /// NB: the addresses of a NetBIOS name.
        case netBIOS = 0x0020
        /// NBSTAT: the names of a node.
        case nodeStatus = 0x0021

        /// Encodes the type and the class IN.
        func encode(into writer: inout ByteWriter) {
            writer.write(self.rawValue)
            writer.write(Self.classIN)
        }

        /// Decodes a type and a class, which must be IN.
        init(from reader: inout ByteReader, field: String) throws(WireError) {
            let number = try reader.readUInt16("\(field)_TYPE")
            guard let kind = Kind(rawValue: number) else {
                throw WireError(
                    .invalid(Int(number), expected: "A, NS, NULL, NB or NBSTAT"),
                    field: "\(field)_TYPE",
                    offset: reader.offset - 2
                )
            }
            self = kind
            let classNumber = try reader.readUInt16("\(field)_CLASS")
            guard classNumber == Self.classIN else {
                throw WireError(
                    .invalid(Int(classNumber), expected: "0x1, IN"),
                    field: "\(field)_CLASS",
                    offset: reader.offset - 2
                )
            }
        }

        /// The Internet class.
        private static let classIN: UInt16 = 0x0001
    }
}

// MARK: - Wire format (RFC 1002 §4.2.1.3)

extension ResourceRecord {
    /// The length of the fields between name and data, in bytes.
    static let fixedLength = 10

    /// Encodes type, class, TTL, RDLENGTH and at most 65,535 bytes of data.
    static func encode(_ kind: Kind, timeToLive: UInt32, data: [UInt8], into writer: inout ByteWriter) {
        kind.encode(into: &writer)
        writer.write(timeToLive)
        writer.write(UInt16(truncatingIfNeeded: data.count))
        writer.write(data)
    }

    /// Decodes the fields, and checks that the packet contains all data.
    init(from reader: inout ByteReader) throws(WireError) {
        self.kind = try Kind(from: &reader, field: "RR")
        self.timeToLive = try reader.readUInt32("TTL")
        let length = Int(try reader.readUInt16("RDLENGTH"))
        guard length <= reader.remaining else {
            throw WireError(
                .truncated(needed: length, remaining: reader.remaining),
                field: "RDATA",
                offset: reader.offset
            )
        }
        self.dataEnd = reader.offset + length
    }

    /// Checks the type.
    func expect(_ kinds: Kind..., at offset: Int) throws(WireError) {
        guard kinds.contains(self.kind) else {
            throw WireError(
                .invalid(Int(self.kind.rawValue), expected: kinds.map { "\($0)" }.joined(separator: " or ")),
                field: "RR_TYPE",
                offset: offset
            )
        }
    }

    /// Checks that the data ends where RDLENGTH states.
    func expectEnd(at reader: ByteReader) throws(WireError) {
        guard reader.offset == self.dataEnd else {
            throw WireError(
                .invalid(self.dataEnd, expected: "RDATA to end at byte \(reader.offset)"),
                field: "end of RDATA",
                offset: reader.offset
            )
        }
    }
}
