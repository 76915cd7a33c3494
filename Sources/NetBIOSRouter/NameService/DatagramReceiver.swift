import CLinux
import Glibc
import NetBIOS
import Sockets

/// A datagram that was received.
struct ReceivedDatagram {
    let bytes: [UInt8]
    let source: NameServiceEndpoint
    /// What the kernel says of the way that it came, where it is asked for that.
    let arrival: Arrival?

    /// The way that a datagram came (ip(7), IP_PKTINFO).
    struct Arrival {
        let interfaceIndex: Int
        /// The address that it was sent to.
        let destination: IPv4Address
    }
}

/// Receives datagrams, many in one system call. For all sockets of an event loop, one after the other.
final class DatagramReceiver {
    private let messages = UnsafeMutableBufferPointer<mmsghdr>.allocate(capacity: DatagramReceiver.limit)
    private let vectors = UnsafeMutableBufferPointer<iovec>.allocate(capacity: DatagramReceiver.limit)
    private let sources = UnsafeMutableBufferPointer<sockaddr_in>.allocate(capacity: DatagramReceiver.limit)
    private let arrivals = UnsafeMutableBufferPointer<PacketInformation>.allocate(capacity: DatagramReceiver.limit)
    private let bytes = UnsafeMutableRawBufferPointer.allocate(
        byteCount: DatagramReceiver.limit * DatagramReceiver.maximumLength,
        alignment: MemoryLayout<UInt64>.alignment
    )

    /// Datagrams that one system call receives at most.
    static let limit = 32

    /// Bytes of a datagram that are looked at. RFC 1002 §6 has at most 576.
    private static let maximumLength = 1024

    /// A control message with `struct in_pktinfo` (ip(7)), as the kernel lays it out.
    private struct PacketInformation {
        var header = cmsghdr()
        var information = in_pktinfo()
    }

    /// Has its room from now on.
    init() {
        self.sources.initialize(repeating: sockaddr_in())
        self.arrivals.initialize(repeating: PacketInformation())
        for index in 0..<Self.limit {
            let start = index * Self.maximumLength
            let room = UnsafeMutableRawBufferPointer(rebasing: self.bytes[start..<start + Self.maximumLength])
            self.vectors.initializeElement(at: index, to: iovec(room))
            self.messages.initializeElement(at: index, to: mmsghdr(self.vectors, self.sources, at: index))
        }
    }

    deinit {
        self.messages.deallocate()
        self.vectors.deallocate()
        self.sources.deallocate()
        self.arrivals.deallocate()
        self.bytes.deallocate()
    }

    /// Receives what has come.
    ///
    /// - Parameters:
    ///   - descriptor: A non-blocking socket of IPv4.
    ///   - saysArrival: Whether IP_PKTINFO is set.
    ///   - body: Is given each datagram.
    /// - Returns: How many there were: fewer than ``limit`` when no more are there, or an error stopped it, which the next
    ///   call meets. `nil` for an error that the socket had, which is taken away with it.
    func receive(from descriptor: CInt, saysArrival: Bool, _ body: (ReceivedDatagram) -> Void) -> Int? {
        // The call before left in them what it received.
        for index in 0..<Self.limit {
            self.messages[index].msg_hdr.msg_namelen = socklen_t(MemoryLayout<sockaddr_in>.size)
            self.messages[index].msg_hdr.msg_control =
                saysArrival ? self.arrivals.baseAddress.map { UnsafeMutableRawPointer($0 + index) } : nil
            self.messages[index].msg_hdr.msg_controllen = saysArrival ? MemoryLayout<PacketInformation>.size : 0
        }
        let flags = CInt(MSG_DONTWAIT)
        let count = Int(recvmmsg(descriptor, self.messages.baseAddress, CUnsignedInt(Self.limit), flags, nil))
        guard count >= 0 else { return errno == EAGAIN ? 0 : nil }
        for index in 0..<count {
            let start = index * Self.maximumLength, source = self.sources[index]
            let end = start + Int(self.messages[index].msg_len)
            body(
                ReceivedDatagram(
                    bytes: Array(UnsafeRawBufferPointer(rebasing: self.bytes[start..<end])),
                    source: NameServiceEndpoint(source.address, port: source.port),
                    arrival: saysArrival ? self.arrival(of: index) : nil
                )
            )
        }
        return count
    }

    /// What the kernel said of the way of a datagram.
    private func arrival(of index: Int) -> ReceivedDatagram.Arrival? {
        let arrival = self.arrivals[index]
        guard self.messages[index].msg_hdr.msg_controllen >= MemoryLayout<PacketInformation>.size,
            arrival.header.cmsg_level == CInt(IPPROTO_IP), arrival.header.cmsg_type == IP_PKTINFO
        else { return nil }
        return ReceivedDatagram.Arrival(
            interfaceIndex: Int(arrival.information.ipi_ifindex),
            destination: IPv4Address(rawValue: UInt32(bigEndian: arrival.information.ipi_addr.s_addr))
        )
    }
}

@available(*, unavailable)
extension DatagramReceiver: Sendable {}
