import NIOCore

/// One large receive buffer for all sessions of an event loop.
///
/// Few, big reads are what makes a relay cheap; a big buffer for each session is what makes it large. A read takes the
/// loop's buffer out of here, and the relay puts it back when it has passed the bytes on. Where a slow receiver still holds
/// them, the buffer stays with that session and the next read gets a new one.
final class SharedReceiveBuffer: Sendable {
    /// Bytes that one read takes at most. Also the point of fairness: one read a session and turn of the loop.
    static let capacity = 512 * 1024

    private let spare: NIOLoopBoundBox<ByteBuffer?>

    init(eventLoop: any EventLoop) {
        self.spare = .makeEmptyBox(valueType: ByteBuffer.self, eventLoop: eventLoop)
    }

    /// The loop's buffer if nobody else holds it, else a new one.
    func take(allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = self.spare.value
        self.spare.value = nil
        let isFree: Void? = buffer?.modifyIfUniquelyOwned { $0.clear() }
        guard isFree != nil, let buffer else { return allocator.buffer(capacity: Self.capacity) }
        return buffer
    }

    /// Takes back a buffer that was read into. It is used again once its last slice is gone.
    func giveBack(_ buffer: ByteBuffer) {
        guard buffer.storageCapacity == Self.capacity else { return }
        self.spare.value = buffer
    }
}

/// Reads into the ``SharedReceiveBuffer`` of the loop, but for a channel's first read.
///
/// NIO keeps the first buffer that it gets for as long as the channel lives, so the first is a small one. It asks for another each time when no next size is named and growth was announced.
struct SharedReceiveBufferAllocator: RecvByteBufferAllocator {
    private let shared: SharedReceiveBuffer
    private var isFirst = true

    /// Bytes of the first read: a session request without a scope, or about what a server answers first. What does not fit is
    /// read next.
    static let firstCapacity = 256

    init(_ shared: SharedReceiveBuffer) {
        self.shared = shared
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        self.isFirst ? allocator.buffer(capacity: Self.firstCapacity) : self.shared.take(allocator: allocator)
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        self.isFirst = false
        return true
    }
}
