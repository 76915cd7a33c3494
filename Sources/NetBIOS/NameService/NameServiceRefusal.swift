/// Why a name service refuses: the RCODE of a negative response (RFC 1002 §4.2.6, §4.2.11, §4.2.14).
public enum NameServiceRefusal: UInt8, Error, Hashable, Sendable, CaseIterable {
    /// FMT_ERR: the request was not understood.
    case format = 1
    /// SRV_ERR: the name server failed.
    case serverFailure = 2
    /// NAM_ERR: nobody has the name.
    case nameUnknown = 3
    /// IMP_ERR: the request is not supported.
    case unsupported = 4
    /// RFS_ERR: against the server's policy.
    case refused = 5
    /// ACT_ERR: another node owns the name.
    case active = 6
    /// CFT_ERR: more than one node owns the unique name.
    case conflict = 7
}
