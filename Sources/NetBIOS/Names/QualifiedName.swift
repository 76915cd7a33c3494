/// A name in its scope: what a session is called by, and what a route is keyed by.
public struct QualifiedName: Hashable, Sendable {
    public var name: NetBIOSName
    public var scope: Scope

    public init(_ name: NetBIOSName, scope: Scope = .none) {
        self.name = name
        self.scope = scope
    }
}

extension QualifiedName: CustomStringConvertible {
    /// `FILESRV<20>`, or `FILESRV<20>.example.com` in a scope.
    public var description: String {
        self.scope.isEmpty ? "\(self.name)" : "\(self.name).\(self.scope)"
    }
}

// MARK: - Wire format (RFC 1001 §14.1, RFC 1002 §4.1, second-level encoding)

extension QualifiedName {
    /// A length byte for each label and one for the end; 255 in all (RFC 1002 §4.1).
    static let maximumEncodedLength = 255

    /// Label pointers followed in one name before it is refused. A name needs one; a second is odd, more is an attack.
    static let maximumPointers = 4

    func encode(into writer: inout ByteWriter) {
        writer.write(UInt8(NetBIOSName.encodedLength))
        self.name.encode(into: &writer)
        for label in self.scope.labels {
            writer.write(UInt8(label.count))
            writer.write(label)
        }
        writer.write(UInt8(0))
    }

    /// Reads a name at the reader's place, following label string pointers back into the packet.
    ///
    /// A pointer must lead to before the place where the name, or the part of it that holds the pointer, began, so a name
    /// cannot point at itself; and at most ``maximumPointers`` are followed.
    init(from reader: inout ByteReader, field: String) throws(WireError) {
        var labels = LabelReader(reader, field: field)
        let length = try labels.nextLength()
        guard length == NetBIOSName.encodedLength else {
            throw WireError(
                .invalid(length, expected: "0x20, the length of a name"),
                field: field,
                offset: labels.offset - 1
            )
        }
        self.name = try NetBIOSName(from: &labels.reader, field: field)
        var encodedLength = 1 + length + 1
        var scope: [[UInt8]] = []
        while case let length = try labels.nextLength(), length != 0 {
            encodedLength += 1 + length
            guard encodedLength <= Self.maximumEncodedLength else {
                throw WireError(
                    .tooLong(encodedLength, limit: Self.maximumEncodedLength),
                    field: field,
                    offset: labels.offset - 1
                )
            }
            scope.append(Array(try labels.reader.readBytes(length, field)))
        }
        self.scope = Scope(labels: scope)
        reader.offset = labels.end ?? labels.reader.offset
    }
}

/// Walks the labels of one name, through its pointers.
private struct LabelReader {
    var reader: ByteReader
    let field: String
    /// Where the packet goes on behind the name: behind its first pointer, once one was followed.
    private(set) var end: Int?
    /// Where the part being read began; a pointer must lead to before it.
    private var start: Int
    private var pointersLeft = QualifiedName.maximumPointers

    init(_ reader: ByteReader, field: String) {
        self.reader = reader
        self.field = field
        self.start = reader.offset
    }

    var offset: Int { self.reader.offset }

    /// The length byte of the next label, 0 at the end of the name.
    mutating func nextLength() throws(WireError) -> Int {
        while true {
            let place = self.reader.offset
            let byte = try self.reader.readByte(self.field)
            switch byte & 0xC0 {
            case 0x00:
                return Int(byte)
            case 0xC0:
                let target = Int(byte & 0x3F) << 8 | Int(try self.reader.readByte(self.field))
                guard target < self.start else {
                    throw WireError(
                        .invalid(target, expected: "a pointer to before the name"),
                        field: self.field,
                        offset: place
                    )
                }
                guard self.pointersLeft > 0 else {
                    throw WireError(
                        .invalid(target, expected: "no further pointer"),
                        field: self.field,
                        offset: place
                    )
                }
                self.pointersLeft -= 1
                self.end = self.end ?? self.reader.offset
                self.start = target
                self.reader.offset = target
            default:
                throw WireError(
                    .invalid(Int(byte), expected: "a label of at most 63 bytes or a pointer"),
                    field: self.field,
                    offset: place
                )
            }
        }
    }
}
