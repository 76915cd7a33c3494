/// One of the two peers of a session.
enum SessionSide: Hashable, Sendable, CaseIterable {
    case client, backend

    var other: SessionSide {
        switch self {
        case .client: .backend
        case .backend: .client
        }
    }

    /// The session's end when this side is the first to close.
    var end: SessionEnd {
        switch self {
        case .client: .client
        case .backend: .backend
        }
    }
}
