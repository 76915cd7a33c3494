import CLinux
import Glibc
import NetBIOS
import Sockets

/// A received datagram.
struct ReceivedDatagram {
    let bytes: [UInt8]
    let source: NameServiceEndpoint
    /// The arrival information of the kernel, if requested.
    let arrival: Arrival?

    /// The interface and destination of a received datagram (ip(7), IP_PKTINFO).
    struct Arrival {
        let interfaceIndex: Int
        /// The destination address.
        let destination: IPv4Address
    }
}

/// Receives batches of datagrams. Shared by the sockets of an event loop.
final class DatagramReceiver {
    private let messages = UnsafeMutableBufferPointer<mmsghdr>.allocate(capacity: DatagramReceiver.limit)
    private let vectors = UnsafeMutableBufferPointer<iovec>.allocate(capacity: DatagramReceiver.limit)
    private let sources = UnsafeMutableBufferPointer<sockaddr_in>.allocate(capacity: DatagramReceiver.limit)
    private let arrivals = UnsafeMutableBufferPointer<PacketInformation>.allocate(capacity: DatagramReceiver.limit)
    private let bytes = UnsafeMutableRawBufferPointer.allocate(
        byteCount: DatagramReceiver.limit * DatagramReceiver.maximumLength,
        alignment: MemoryLayout<UInt64>.alignment
    )

    /// The maximum number of datagrams per system call.
    static let limit = 32

    /// The receive buffer of a datagram, in bytes. RFC 1002 §6 limits a datagram to 576 bytes.
    private static let maximumLength = 1024

    /// A control message with `struct in_pktinfo` (ip(7)), as the kernel lays it out.
    private struct PacketInformation {
        var header = cmsghdr()
        var information = in_pktinfo()
    }

    /// Allocates the buffers.
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

    /// Receives pending datagrams.
    ///
    /// - Parameters:
    ///   - descriptor: A non-blocking socket of IPv4.
    ///   - reportsArrival: Whether IP_PKTINFO is set.
    ///   - body: Receives each datagram.
    /// - Returns: The number of datagrams: fewer than ``limit`` if no more are pending, or if an error stopped the
    ///   batch, which the next call returns. `nil` for a pending socket error, which this call has cleared.
    func receive(from descriptor: CInt, reportsArrival: Bool, _ body: (ReceivedDatagram) -> Void) -> Int? {
        // The previous call has overwritten these fields.
        for index in 0..<Self.limit {
            self.messages[index].msg_hdr.msg_namelen = socklen_t(MemoryLayout<sockaddr_in>.size)
            self.messages[index].msg_hdr.msg_control =
                reportsArrival ? self.arrivals.baseAddress.map { UnsafeMutableRawPointer($0 + index) } : nil
            self.messages[index].msg_hdr.msg_controllen = reportsArrival ? MemoryLayout<PacketInformation>.size : 0
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
                    arrival: reportsArrival ? self.arrival(of: index) : nil
                )
            )
        }
        return count
    }

    /// Returns the arrival information of a datagram.
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
