public import NetBIOS

/// The reason of a session's end: the `end` of its log line.
public enum SessionEnd: Hashable, Sendable {
    /// The client closed first.
    case client
    /// The backend closed first.
    case backend
    /// The call was refused with this code.
    case refused(SessionRefusal)
    /// No complete session request in `request_timeout`.
    case requestTimeout
    /// No bytes either way in `idle_timeout`.
    case idleTimeout
    /// The peer violated the protocol.
    case protocolViolation
    /// By the operator.
    case closed
    /// By a reload, where the route says `on_remove: close`.
    case removed
    /// By the router's stop.
    case shutdown
    /// An internal failure of the router.
    case error
}

extension SessionEnd: CustomStringConvertible {
    public var description: String {
        switch self {
        case .client: "client"
        case .backend: "backend"
        case .refused(let refusal): "refused:\(String(refusal.rawValue, radix: 16, uppercase: true))"
        case .requestTimeout: "timeout:request"
        case .idleTimeout: "timeout:idle"
        case .protocolViolation: "protocol"
        case .closed: "closed"
        case .removed: "removed"
        case .shutdown: "shutdown"
        case .error: "error"
        }
    }
}
