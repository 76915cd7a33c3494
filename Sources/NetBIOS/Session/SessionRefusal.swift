/// The error code of a negative session response (RFC 1002 §4.3.4).
public enum SessionRefusal: UInt8, Error, Hashable, Sendable, CaseIterable {
    /// The name exists, but does not accept sessions.
    case notListeningOnCalledName = 0x80
    /// The name exists, but does not accept sessions from this client.
    case notListeningForCallingName = 0x81
    case calledNameNotPresent = 0x82
    case insufficientResources = 0x83
    case unspecified = 0x8F
}
