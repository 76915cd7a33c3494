import CLinux
import Glibc

/// `load least-name-service`: responds to each query without decoding it, with two system calls per batch. Its cost is
/// the kernel's, and the lower bound of any name service.
enum LeastNameService {
    private static let limit = 32
    private static let length = 62

    static func run(_ options: Options) throws {
        let socket = try Socket.datagrams(boundTo: UInt16(try options.number("port")))
        var bytes = [UInt8](repeating: 0, count: Self.limit * Self.length)
        var sources = [sockaddr_in](repeating: sockaddr_in(), count: Self.limit)
        try bytes.withUnsafeMutableBytes { bytes in
            try sources.withUnsafeMutableBufferPointer { sources in
                var vectors = (0..<Self.limit).map { index in
                    iovec(iov_base: bytes.baseAddress.map { $0 + index * Self.length }, iov_len: Self.length)
                }
                try vectors.withUnsafeMutableBufferPointer { vectors in
                    var messages = (0..<Self.limit).map { index in
                        var message = mmsghdr()
                        message.msg_hdr.msg_iov = vectors.baseAddress.map { $0 + index }
                        message.msg_hdr.msg_iovlen = 1
                        message.msg_hdr.msg_name = sources.baseAddress.map { UnsafeMutableRawPointer($0 + index) }
                        return message
                    }
                    while true { try self.answer(on: socket, bytes, &messages) }
                }
            }
        }
    }

    private static func answer(
        on socket: Socket,
        _ bytes: UnsafeMutableRawBufferPointer,
        _ messages: inout [mmsghdr]
    ) throws {
        let addressLength = socklen_t(MemoryLayout<sockaddr_in>.size)
        for index in messages.indices { messages[index].msg_hdr.msg_namelen = addressLength }
        let flags = CInt(MSG_WAITFORONE)
        let count = recvmmsg(socket.descriptor, &messages, CUnsignedInt(Self.limit), flags, nil)
        guard count > 0 else { throw Failure(call: "recvmmsg") }
        for index in 0..<Int(count) {
            // A positive response with one answer.
            bytes[index * Self.length + 2] = 0x85
            bytes[index * Self.length + 7] = 1
        }
        guard sendmmsg(socket.descriptor, &messages, CUnsignedInt(count), 0) == count else {
            throw Failure(call: "sendmmsg")
        }
    }
}
