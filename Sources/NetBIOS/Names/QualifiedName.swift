/// A name in its scope: the called name of a session, and the key of a route.
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
    /// The maximum length, in bytes, with the length bytes of labels and the final zero (RFC 1002 §4.1).
    static let maximumEncodedLength = 255

    /// The maximum number of label pointers followed in one name. One is normal, two are unusual, more are an attack.
    static let maximumPointers = 4

    func encode(into writer: inout ByteWriter) {
        writer.write(UInt8(NetBIOSName.encodedLength))
        self.name.encode(into: &writer)
        self.scope.encode(into: &writer)
    }

    /// Decodes a name at the reader's offset, following label string pointers within the packet.
    ///
    /// A pointer must lead to before the start of the name, or of its part that contains the pointer, so a name cannot
    /// refer to itself; at most ``maximumPointers`` are followed.
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
        self.scope = Scope(labels: try labels.readToEnd(after: 1 + length))
        reader.offset = labels.endOffset
    }
}

extension Scope {
    /// Encodes the labels and the final zero, as the end of a name or as a domain name.
    func encode(into writer: inout ByteWriter) {
        for label in self.labels {
            writer.write(UInt8(label.count))
            writer.write(label)
        }
        writer.write(UInt8(0))
    }

    /// Decodes a domain name that need not begin with a NetBIOS name, such as that of a name server (RFC 1002 §4.2.15).
    ///
    /// Pointers are followed as in a ``QualifiedName``.
    init(from reader: inout ByteReader, field: String) throws(WireError) {
        var labels = LabelReader(reader, field: field)
        self.init(labels: try labels.readToEnd(after: 0))
        reader.offset = labels.endOffset
    }
}

/// Reads the labels of one name, following pointers.
private struct LabelReader {
    var reader: ByteReader
    let field: String
    /// The offset after the name, if a pointer was followed: after the first pointer.
    private(set) var end: Int?
    /// The start of the current part; a pointer must lead to before it.
    private var start: Int
    private var pointersLeft = QualifiedName.maximumPointers

    init(_ reader: ByteReader, field: String) {
        self.reader = reader
        self.field = field
        self.start = reader.offset
    }

    var offset: Int { self.reader.offset }

    /// The offset after the name.
    var endOffset: Int { self.end ?? self.reader.offset }

    /// Reads the remaining labels up to the final zero; `length` bytes were read before.
    mutating func readToEnd(after length: Int) throws(WireError) -> [[UInt8]] {
        var encodedLength = length + 1
        var labels: [[UInt8]] = []
        while case let length = try self.nextLength(), length != 0 {
            encodedLength += 1 + length
            guard encodedLength <= QualifiedName.maximumEncodedLength else {
                throw WireError(
                    .tooLong(encodedLength, limit: QualifiedName.maximumEncodedLength),
                    field: self.field,
                    offset: self.offset - 1
                )
            }
            labels.append(Array(try self.reader.readBytes(length, self.field)))
        }
        return labels
    }

    /// Reads the length byte of the next label; 0 at the end of the name.
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
