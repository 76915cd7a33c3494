/// The node type: how an end node registers and finds names (RFC 1001 §10). The raw value is the ONT field of NB_FLAGS
/// at its bits.
public enum NodeType: UInt16, Hashable, Sendable, CaseIterable {
    /// B: by broadcast only (RFC 1001 §10.1).
    case broadcast = 0x0000
    /// P: with a name server only (RFC 1001 §10.2).
    case point = 0x2000
    /// M: by broadcast first, then with a name server (RFC 1001 §10.3).
    case mixed = 0x4000
    /// H: with a name server first, then by broadcast. Microsoft's, with a value that the RFC reserves.
    case hybrid = 0x6000
}
