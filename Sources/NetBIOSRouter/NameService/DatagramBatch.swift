import Glibc
import NetBIOS

/// Datagrams that leave a socket together, in as few system calls as the kernel allows.
///
/// What cannot be sent is lost like any datagram: it keeps nothing behind it waiting.
struct DatagramBatch {
    private var payload: [UInt8] = []
    /// Where each datagram ends in the payload.
    private var ends: [Int] = []
    private var destinations: [sockaddr_in] = []

    /// Datagrams that one system call sends at most.
    static let limit = 64

    /// Whether there is nothing to send.
    var isEmpty: Bool { self.ends.isEmpty }

    /// Whether no more is to be added.
    var isFull: Bool { self.ends.count >= Self.limit }

    /// Adds a datagram.
    mutating func append(_ bytes: [UInt8], to destination: NameServiceEndpoint) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = destination.port.bigEndian
        address.sin_addr.s_addr = destination.address.rawValue.bigEndian
        self.payload += bytes
        self.ends.append(self.payload.count)
        self.destinations.append(address)
    }

    /// Sends all of them, and is empty then.
    mutating func send(on descriptor: CInt) {
        guard let sendMany = Self.sendMany else { return }
        let ends = self.ends
        self.payload.withUnsafeMutableBytes { payload in
            self.destinations.withUnsafeMutableBufferPointer { destinations in
                var start = 0
                var vectors = ends.map { end in
                    defer { start = end }
                    return iovec(iov_base: payload.baseAddress.map { $0 + start }, iov_len: end - start)
                }
                vectors.withUnsafeMutableBufferPointer { vectors in
                    var messages = ends.indices.map { index in
                        var message = Message()
                        message.header.msg_name = destinations.baseAddress.map { UnsafeMutableRawPointer($0 + index) }
                        message.header.msg_namelen = socklen_t(MemoryLayout<sockaddr_in>.size)
                        message.header.msg_iov = vectors.baseAddress.map { $0 + index }
                        message.header.msg_iovlen = 1
                        return message
                    }
                    messages.withUnsafeMutableBufferPointer { messages in
                        var sent = 0
                        while sent < messages.count, let base = messages.baseAddress {
                            let count = sendMany(
                                descriptor,
                                base + sent,
                                CUnsignedInt(messages.count - sent),
                                CInt(MSG_DONTWAIT)
                            )
                            // The first that is left is the one that the kernel does not take.
                            sent += max(Int(count), 1)
                        }
                    }
                }
            }
        }
        self.payload.removeAll(keepingCapacity: true)
        self.ends.removeAll(keepingCapacity: true)
        self.destinations.removeAll(keepingCapacity: true)
    }

    /// The `struct mmsghdr` of sendmmsg(2).
    private struct Message {
        var header = msghdr()
        var length: CUnsignedInt = 0
    }

    /// sendmmsg(2). Swift's Glibc module does not declare it, as it is for `_GNU_SOURCE` alone; the C library has it.
    private static let sendMany: SendMany? = dlsym(nil, "sendmmsg").map { unsafeBitCast($0, to: SendMany.self) }

    private typealias SendMany =
        @convention(c) (CInt, UnsafeMutableRawPointer, CUnsignedInt, CInt) -> CInt
}
