import CLinux
import Glibc
import NetBIOS
import Sockets

/// Datagrams that leave a socket together, in as few system calls as the kernel allows.
///
/// What cannot be sent is lost like any datagram: it keeps nothing behind it waiting.
struct DatagramBatch {
    private var payload: [UInt8] = []
    private var lengths: [Int] = []
    private var destinations: [sockaddr_in] = []

    /// Datagrams that one system call sends at most.
    static let limit = 64

    /// Whether there is nothing to send.
    var isEmpty: Bool { self.lengths.isEmpty }

    /// Whether no more is to be added.
    var isFull: Bool { self.lengths.count >= Self.limit }

    /// Adds a datagram.
    mutating func append(_ bytes: [UInt8], to destination: NameServiceEndpoint) {
        self.payload += bytes
        self.lengths.append(bytes.count)
        self.destinations.append(sockaddr_in(destination.address, port: destination.port))
    }

    /// Sends all of them, and is empty then.
    mutating func send(on descriptor: CInt) {
        self.withMessages { messages in
            var sent = 0
            while sent < messages.count {
                let rest = UnsafeMutableBufferPointer(rebasing: messages[sent...])
                let count = sendmmsg(descriptor, rest.baseAddress, CUnsignedInt(rest.count), CInt(MSG_DONTWAIT))
                // The first that is left is the one that the kernel does not take.
                sent += max(Int(count), 1)
            }
        }
        self.payload.removeAll(keepingCapacity: true)
        self.lengths.removeAll(keepingCapacity: true)
        self.destinations.removeAll(keepingCapacity: true)
    }

    /// Has all of them as sendmmsg(2) wants them.
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
