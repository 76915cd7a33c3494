import CLinux

/// What epoll(7) tells of a socket.
struct Readiness: OptionSet, Sendable {
    let rawValue: UInt32

    /// Bytes, connections, or the end of the stream.
    static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    /// Room for bytes, or a connection that has been made.
    static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer sends nothing more.
    static let inputClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
    /// Urgent data (tcp(7)), at whose mark a read ends though more may be there.
    static let urgent = Readiness(rawValue: EPOLLPRI.rawValue)
    /// Neither side sends anything more.
    static let closed = Readiness(rawValue: EPOLLHUP.rawValue)
    /// The connection is broken, or was not made.
    static let broken = Readiness(rawValue: EPOLLERR.rawValue)
}

/// What a socket is watched for.
enum SocketKind {
    /// A connection: all that becomes possible, told once.
    case stream
    /// Datagrams: that some have come, told once. Room for more is nothing that anybody waits for.
    case datagrams
    /// A listener: that a connection waits, told for as long as one does.
    case listener

    /// As epoll_ctl(2) has it.
    var events: UInt32 {
        switch self {
        case .stream: Readiness([.readable, .writable, .inputClosed, .urgent]).rawValue | EPOLLET.rawValue
        case .datagrams: Readiness.readable.rawValue | EPOLLET.rawValue
        case .listener: Readiness.readable.rawValue
        }
    }
}
