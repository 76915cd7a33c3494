import Testing

@testable import Sockets

@Suite("Receive buffers of an event loop")
struct ReceiveBuffersTests {
    @Test("the stretches that are passed on move to the front, in order")
    func gathering() {
        let buffer = ReceiveBuffer(capacity: 10)
        buffer.bytes.copyBytes(from: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(buffer.gather([0..<2, 3..<7, 9..<10]) == 7)
        #expect(Array(buffer.bytes.prefix(7)) == [0, 1, 3, 4, 5, 6, 9])
        #expect(buffer.gather([]) == 0)
    }

    @Test("a short remainder is copied, and the buffer stays with the loop")
    func littleIsCopied() {
        let buffers = ReceiveBuffers()
        let buffer = buffers.take()
        buffer.bytes.copyBytes(from: [1, 2, 3, 4, 5])
        var unsent = buffers.keep(buffer, 1..<5)
        #expect(buffers.take() === buffer)
        buffer.bytes.copyBytes(from: [9, 9, 9, 9, 9])
        #expect(Array(unsent.bytes) == [2, 3, 4, 5])
        unsent.removeFirst(3)
        #expect(Array(unsent.bytes) == [5])
    }

    @Test("a long remainder keeps the buffer, which returns when it is sent")
    func muchIsKept() {
        let buffers = ReceiveBuffers()
        let buffer = buffers.take()
        let unsent = buffers.keep(buffer, 0..<ReceiveBuffers.capacity)
        #expect(buffers.take() !== buffer)
        _ = consume unsent
        #expect(buffers.take() === buffer)
    }

    @Test("reads are small ones while many slow receivers keep much")
    func limit() {
        let buffers = ReceiveBuffers()
        /// Keeps `count` buffers while `body` runs.
        func keep(_ count: Int, _ body: () -> Void) {
            guard count > 0 else { return body() }
            #expect(buffers.readLimit == ReceiveBuffers.capacity)
            let unsent = buffers.keep(buffers.take(), 0..<ReceiveBuffers.capacity)
            keep(count - 1, body)
            _ = consume unsent
        }
        keep(128) { #expect(buffers.readLimit == 16 * 1024) }
        #expect(buffers.readLimit == ReceiveBuffers.capacity)
    }
}
