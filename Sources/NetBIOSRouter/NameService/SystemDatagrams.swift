import CLinux
import Glibc

// The messages of recvmmsg(2) and sendmmsg(2).

extension mmsghdr {
    /// Makes a message with one vector and one address.
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
    /// Makes the vector of a buffer.
    init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.init(iov_base: bytes.baseAddress, iov_len: bytes.count)
    }
}
