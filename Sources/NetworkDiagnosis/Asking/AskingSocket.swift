import Glibc
import NetBIOS
import NetBIOSRouter
import Sockets

/// A UDP socket that asks one place. Never blocks.
///
/// To a host it is connected, so that the kernel tells when nobody listens there.
final class AskingSocket {
    let descriptor: CInt
    private let isConnected: Bool

    /// Bytes of a datagram that are looked at. RFC 1002 §6 has at most 576; an answer may be cut off behind them.
    private static let maximumDatagramLength = 2048

    /// Opens a socket.
    ///
    /// - Parameters:
    ///   - place: Whom it will ask.
    ///   - port: The port that is asked.
    ///   - sourcePort: The port to send from; 0 for any.
    /// - Throws: ``AskingFailure`` when this host cannot ask from there, or has no way there.
    init(to place: AskedPlace, port: UInt16, sourcePort: UInt16) throws(AskingFailure) {
        func failure() -> AskingFailure {
            AskingFailure(errorNumber: errno, sourcePort: sourcePort, port: port)
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

    /// Sends a datagram. What a full send buffer does not take is lost, like any datagram.
    ///
    /// - Returns: The error number; `nil` when it is on its way.
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

    /// What came in.
    enum Reception {
        case datagram([UInt8], from: IPv4Address)
        case nothing
        /// The kernel tells what became of an earlier datagram.
        case failure(CInt)
    }

    /// The next datagram that has come in.
    func receive() -> Reception {
        var bytes = [UInt8](repeating: 0, count: Self.maximumDatagramLength)
        let (count, source) = sockaddr_in.filled { recvfrom(self.descriptor, &bytes, bytes.count, 0, $0, $1) }
        guard count >= 0 else { return [EAGAIN, EINTR].contains(errno) ? .nothing : .failure(errno) }
        return .datagram(Array(bytes.prefix(count)), from: source.address)
    }
}

@available(*, unavailable)
extension AskingSocket: Sendable {}
