import CLinux
import Glibc
import NetBIOS

// Datagrams as recvmmsg(2) and sendmmsg(2) have them.

extension mmsghdr {
    /// A message of one vector, from or for one address.
    init(
        _ vectors: UnsafeMutableBufferPointer<iovec>,
        _ addresses: UnsafeMutableBufferPointer<sockaddr_in>,
        at index: Int
    ) {
        self.init()
        self.msg_hdr.msg_iov = vectors.baseAddress.map { $0 + index }
        self.msg_hdr.msg_iovlen = 1
        self.msg_hdr.msg_name = addresses.baseAddress.map { UnsafeMutableRawPointer($0 + index) }
        self.msg_hdr.msg_namelen = socklen_t(MemoryLayout<sockaddr_in>.size)
    }
}

extension sockaddr_in {
    /// As ip(7) has it.
    init(_ endpoint: NameServiceEndpoint) {
        self.init()
        self.sin_family = sa_family_t(AF_INET)
        self.sin_port = endpoint.port.bigEndian
        self.sin_addr.s_addr = endpoint.address.rawValue.bigEndian
    }
}

extension iovec {
    /// The place of some bytes.
    init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.init(iov_base: bytes.baseAddress, iov_len: bytes.count)
    }
}

extension NameServiceEndpoint {
    /// Of ip(7).
    init(_ address: sockaddr_in) {
        self.init(
            IPv4Address(rawValue: UInt32(bigEndian: address.sin_addr.s_addr)),
            port: UInt16(bigEndian: address.sin_port)
        )
    }
}
