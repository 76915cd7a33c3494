import NetBIOS

/// Which end of a session.
enum RelaySide: Hashable, Sendable {
    case client, backend

    var other: RelaySide {
        switch self {
        case .client: .backend
        case .backend: .client
        }
    }
}

/// One end of a session, as its ``Relay`` has it.
struct RelayEnd {
    var socket: StreamSocket
    var walker: FrameWalker
    /// What its socket has not taken of what is to go to this end.
    var unsent: UnsentBytes?
    /// Nothing more will come from this end.
    var inputClosed = false
    /// Our FIN went to this end, or nothing can be written to it any more.
    var outputClosed = false
    /// Whether a write to this end has failed: it is gone when all that it sent is read.
    var isBroken = false
    var isOpen = true

    /// Whether it sends nothing more, or is gone and only what it sent is left.
    var isEnding: Bool { self.inputClosed || self.isBroken }
}
