import CLinux
import Glibc

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

extension iovec {
    /// The place of some bytes.
    init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.init(iov_base: bytes.baseAddress, iov_len: bytes.count)
    }
}
