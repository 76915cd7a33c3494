/// How an end node registers and finds names (RFC 1001 §10). The raw value is the ONT field of NB_FLAGS, in place.
public enum NodeType: UInt16, Hashable, Sendable, CaseIterable {
    /// B: by broadcast alone (RFC 1001 §10.1).
    case broadcast = 0x0000
    /// P: through a name server alone (RFC 1001 §10.2).
    case point = 0x2000
    /// M: by broadcast first, then through a name server (RFC 1001 §10.3).
    case mixed = 0x4000
    /// H: through a name server first, then by broadcast. Microsoft's, in a value that the RFC reserves.
    case hybrid = 0x6000
}
