import Glibc
import NetBIOS
import NetBIOSRouter
import Sockets

/// A non-blocking UDP socket for queries to one destination.
///
/// Connected if the destination is a host, so that the kernel reports a closed port.
final class QuerySocket {
    let descriptor: CInt
    private let isConnected: Bool

    /// The receive buffer, in bytes. RFC 1002 §6 limits a datagram to 576 bytes; a longer response is truncated at this
    /// length.
    private static let maximumDatagramLength = 2048

    /// Opens a socket.
    ///
    /// - Parameters:
    ///   - place: The destination.
    ///   - port: The destination port.
    ///   - sourcePort: The source port; 0 for any.
    /// - Throws: ``QueryFailure`` if the socket cannot be bound or the destination is unreachable.
    init(to place: QueryDestination, port: UInt16, sourcePort: UInt16) throws(QueryFailure) {
        func failure() -> QueryFailure {
            QueryFailure(errorNumber: errno, sourcePort: sourcePort, port: port)
        }
        let type = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        self.descriptor = socket(AF_INET, type, 0)
        self.isConnected = !place.isBroadcast
        guard self.descriptor >= 0 else { throw failure() }
        let source = sockaddr_in(place.source ?? .any, port: sourcePort)
        guard source.withSockaddr({ bind(self.descriptor, $0, $1) }) == 0 else { throw failure() }
        if place.isBroadcast {
            try? SocketOption.broadcast.set(on: self.descriptor, to: 1)
        } else {
            let host = sockaddr_in(place.destination, port: port)
            guard host.withSockaddr({ connect(self.descriptor, $0, $1) }) == 0 else { throw failure() }
        }
    }

    deinit {
        if self.descriptor >= 0 { close(self.descriptor) }
    }

    /// Sends a datagram. A full send buffer drops it.
    ///
    /// - Returns: The error number; `nil` on success.
    func send(_ transmission: NameTransmission) -> CInt? {
        let bytes = transmission.bytes
        let count =
            if self.isConnected {
                Glibc.send(self.descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
            } else {
                sockaddr_in(transmission.destination.address, port: transmission.destination.port)
                    .withSockaddr { sendto(self.descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL), $0, $1) }
            }
        return count < 0 && ![EAGAIN, ENOBUFS, EINTR].contains(errno) ? errno : nil
    }

    /// The result of a receive operation.
    enum Reception {
        case datagram([UInt8], from: IPv4Address)
        case nothing
        /// The kernel reports the failure of an earlier datagram.
        case failure(CInt)
    }

    /// Receives the next datagram.
    func receive() -> Reception {
        var bytes = [UInt8](repeating: 0, count: Self.maximumDatagramLength)
        let (count, source) = sockaddr_in.filled { recvfrom(self.descriptor, &bytes, bytes.count, 0, $0, $1) }
        guard count >= 0 else { return [EAGAIN, EINTR].contains(errno) ? .nothing : .failure(errno) }
        return .datagram(Array(bytes.prefix(count)), from: source.address)
    }
}

@available(*, unavailable)
extension QuerySocket: Sendable {}
