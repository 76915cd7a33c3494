/// A client's session request on TCP/139, with the called and the calling name.
///
/// RFC 1002 §4.3.2, packet type 0x81:
/// ```text
/// +------+--------+-------------+--------------+
/// | 0x81 | length | called name | calling name |
/// |  1   |   3    |    34–255   |    34–255    |  bytes
/// +------+--------+-------------+--------------+
/// ```
public struct SessionRequest: Hashable, Sendable {
    /// The name that the client calls; decides the route.
    public var called: QualifiedName

    /// The name that the client claims to have. Unverified: log it, never route on it.
    public var calling: QualifiedName

    public init(called: QualifiedName, calling: QualifiedName) {
        self.called = called
        self.calling = calling
    }
}

extension SessionRequest {
    /// The maximum length of a payload, in bytes: twice that of two names, for the additions of some clients.
    static let maximumPayloadLength = 4 * QualifiedName.maximumEncodedLength

    func encode(into writer: inout ByteWriter) {
        self.called.encode(into: &writer)
        self.calling.encode(into: &writer)
    }

    /// Decodes the two names; bytes after them, which some clients send, are left unread.
    init(from reader: inout ByteReader) throws(WireError) {
        self.called = try QualifiedName(from: &reader, field: "called name")
        self.calling = try QualifiedName(from: &reader, field: "calling name")
    }
}
