import CLinux

/// The readiness of a socket, as epoll(7) reports it.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Bytes, connections, or the end of the stream.
    package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    /// Room for bytes, or an established connection.
    package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer sent a FIN.
    package static let inputClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
    /// Urgent data (tcp(7)), at whose mark a read ends though more may be there.
    package static let urgent = Readiness(rawValue: EPOLLPRI.rawValue)
    /// Both directions are shut down.
    package static let closed = Readiness(rawValue: EPOLLHUP.rawValue)
    /// The connection was reset, timed out, or was not established.
    package static let broken = Readiness(rawValue: EPOLLERR.rawValue)
}

/// The events that a socket is watched for.
package enum SocketKind {
    /// A connection: every change, edge-triggered.
    case stream
    /// Datagrams: arrivals alone, edge-triggered.
    case datagrams
    /// A listener: level-triggered while a connection waits.
    case listener

    /// epoll_ctl(2)'s event mask.
    var events: UInt32 {
        switch self {
        case .stream: Readiness([.readable, .writable, .inputClosed, .urgent]).rawValue | EPOLLET.rawValue
        case .datagrams: Readiness.readable.rawValue | EPOLLET.rawValue
        case .listener: Readiness.readable.rawValue
        }
    }
}
