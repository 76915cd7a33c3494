import Glibc
import NetBIOS

/// Datagrams that leave a socket together, in as few system calls as the kernel allows.
///
/// What cannot be sent is lost like any datagram: it keeps nothing behind it waiting.
struct DatagramBatch {
    private var payload: [UInt8] = []
    /// Where each datagram ends in the payload.
    private var ends: [Int] = []
    private var destinations: [Destination] = []

    /// Datagrams that one system call sends at most.
    static let limit = 64

    /// Whether there is nothing to send.
    var isEmpty: Bool { self.ends.isEmpty }

    /// Whether no more is to be added.
    var isFull: Bool { self.ends.count >= Self.limit }

    /// Adds a datagram.
    mutating func append(_ bytes: [UInt8], to destination: NameServiceEndpoint) {
        self.payload += bytes
        self.ends.append(self.payload.count)
        self.destinations.append(Destination(destination))
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
                    return Vector(start: payload.baseAddress.map { $0 + start }, length: end - start)
                }
                vectors.withUnsafeMutableBufferPointer { vectors in
                    var messages = ends.indices.map { index in
                        Message(
                            destination: destinations.baseAddress.map { UnsafeRawPointer($0 + index) },
                            vectors: vectors.baseAddress.map { UnsafeRawPointer($0 + index) }
                        )
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

    /// The `struct sockaddr_in` of ip(7).
    private struct Destination {
        var family = UInt16(AF_INET)
        var port: UInt16
        var address: UInt32
        var rest: UInt64 = 0

        init(_ endpoint: NameServiceEndpoint) {
            self.port = endpoint.port.bigEndian
            self.address = endpoint.address.rawValue.bigEndian
        }
    }

    /// The `struct iovec` of sendmsg(2).
    private struct Vector {
        var start: UnsafeMutableRawPointer?
        var length: Int
    }

    /// The `struct mmsghdr` of sendmmsg(2), whose first seven fields are the `struct msghdr` of sendmsg(2).
    private struct Message {
        var destination: UnsafeRawPointer?
        var destinationLength = UInt32(MemoryLayout<Destination>.size)
        var vectors: UnsafeRawPointer?
        var vectorCount = 1
        var control: UnsafeRawPointer?
        var controlLength = 0
        var flags: Int32 = 0
        /// What C leaves out to begin the next field at a multiple of eight.
        var padding: Int32 = 0
        var sentLength: UInt32 = 0

        init(destination: UnsafeRawPointer?, vectors: UnsafeRawPointer?) {
            self.destination = destination
            self.vectors = vectors
        }
    }

    /// sendmmsg(2). Swift's Glibc module does not declare it, as it is for `_GNU_SOURCE` alone; the C library has it.
    private static let sendMany: SendMany? = dlsym(nil, "sendmmsg").map { unsafeBitCast($0, to: SendMany.self) }

    private typealias SendMany =
        @convention(c) (CInt, UnsafeMutableRawPointer, CUnsignedInt, CInt) -> CInt
}
