/// The reason of a negative response: its RCODE (RFC 1002 §4.2.6, §4.2.11, §4.2.14).
public enum NameServiceRefusal: UInt8, Error, Hashable, Sendable, CaseIterable {
    /// FMT_ERR: the request is invalid.
    case format = 1
    /// SRV_ERR: the name server failed.
    case serverFailure = 2
    /// NAM_ERR: the name does not exist.
    case nameUnknown = 3
    /// IMP_ERR: the request is not supported.
    case unsupported = 4
    /// RFS_ERR: refused by the server's policy.
    case refused = 5
    /// ACT_ERR: another node owns the name.
    case active = 6
    /// CFT_ERR: more than one node owns the unique name.
    case conflict = 7
}
