import CLinux
import Glibc
import NetBIOS
import Sockets

/// A batch of datagrams that a socket sends in as few system calls as possible.
///
/// A datagram that cannot be sent is dropped, and does not delay those after it.
struct DatagramBatch {
    private var payload: [UInt8] = []
    private var lengths: [Int] = []
    private var destinations: [sockaddr_in] = []

    /// The maximum number of datagrams per system call.
    static let limit = 64

    /// Whether the batch is empty.
    var isEmpty: Bool { self.lengths.isEmpty }

    /// Whether the batch is full.
    var isFull: Bool { self.lengths.count >= Self.limit }

    /// Adds a datagram.
    mutating func append(_ bytes: [UInt8], to destination: NameServiceEndpoint) {
        self.payload += bytes
        self.lengths.append(bytes.count)
        self.destinations.append(sockaddr_in(destination.address, port: destination.port))
    }

    /// Sends and empties the batch.
    mutating func send(on descriptor: CInt) {
        self.withMessages { messages in
            var sent = 0
            while sent < messages.count {
                let rest = UnsafeMutableBufferPointer(rebasing: messages[sent...])
                let count = sendmmsg(descriptor, rest.baseAddress, CUnsignedInt(rest.count), CInt(MSG_DONTWAIT))
                // The kernel refuses the first remaining datagram, which is skipped.
                sent += max(Int(count), 1)
            }
        }
        self.payload.removeAll(keepingCapacity: true)
        self.lengths.removeAll(keepingCapacity: true)
        self.destinations.removeAll(keepingCapacity: true)
    }

    /// Provides the datagrams in the form of sendmmsg(2).
    private mutating func withMessages(_ body: (UnsafeMutableBufferPointer<mmsghdr>) -> Void) {
        let lengths = self.lengths
        self.payload.withUnsafeMutableBytes { payload in
            self.destinations.withUnsafeMutableBufferPointer { destinations in
                withUnsafeTemporaryAllocation(of: iovec.self, capacity: lengths.count) { vectors in
                    withUnsafeTemporaryAllocation(of: mmsghdr.self, capacity: lengths.count) { messages in
                        var start = 0
                        for (index, length) in lengths.enumerated() {
                            let bytes = UnsafeMutableRawBufferPointer(rebasing: payload[start..<start + length])
                            vectors.initializeElement(at: index, to: iovec(bytes))
                            messages.initializeElement(at: index, to: mmsghdr(vectors, destinations, at: index))
                            start += length
                        }
                        body(messages)
                    }
                }
            }
        }
    }
}
