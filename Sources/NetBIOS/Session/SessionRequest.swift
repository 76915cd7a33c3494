/// What a client sends first on TCP/139: whom it calls, and who it says it is.
///
/// RFC 1002 §4.3.2, packet type 0x81:
/// ```text
/// +------+--------+-------------+--------------+
/// | 0x81 | length | called name | calling name |
/// |  1   |   3    |    34–255   |    34–255    |  bytes
/// +------+--------+-------------+--------------+
/// ```
public struct SessionRequest: Hashable, Sendable {
    /// Whom the client wants; decides the route.
    public var called: QualifiedName

    /// Who the client says it is. Unproven: log it, never route on it.
    public var calling: QualifiedName

    public init(called: QualifiedName, calling: QualifiedName) {
        self.called = called
        self.calling = calling
    }
}

extension SessionRequest {
    /// The longest payload that is waited for, in bytes: two names, and as much again for what some clients add behind them.
    static let maximumPayloadLength = 4 * QualifiedName.maximumEncodedLength

    func encode(into writer: inout ByteWriter) {
        self.called.encode(into: &writer)
        self.calling.encode(into: &writer)
    }

    /// Reads the two names; bytes behind them, which some clients send, say nothing and are left unread.
    init(from reader: inout ByteReader) throws(WireError) {
        self.called = try QualifiedName(from: &reader, field: "called name")
        self.calling = try QualifiedName(from: &reader, field: "calling name")
    }
}
