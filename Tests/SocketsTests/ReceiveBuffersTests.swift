import Testing

@testable import Sockets

struct ReceiveBuffersTests {
    @Test func `what little a socket has not taken is copied, and the buffer stays with the loop`() {
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

    @Test func `a long remainder keeps the buffer, which returns when it is sent`() {
        let buffers = ReceiveBuffers()
        let buffer = buffers.take()
        let unsent = buffers.keep(buffer, 0..<ReceiveBuffers.capacity)
        #expect(buffers.take() !== buffer)
        _ = consume unsent
        #expect(buffers.take() === buffer)
    }

    @Test func `reads are small ones while many slow receivers keep much`() {
        let buffers = ReceiveBuffers()
        /// Keeps `count` buffers while `body` runs.
        func keep(_ count: Int, _ body: () -> Void) {
            guard count > 0 else { return body() }
            #expect(buffers.readLimit == ReceiveBuffers.capacity)
            let unsent = buffers.keep(buffers.take(), 0..<ReceiveBuffers.capacity)
            keep(count - 1, body)
            _ = consume unsent
        }
        keep(128) { #expect(buffers.readLimit == ReceiveBuffers.smallRead) }
        #expect(buffers.readLimit == ReceiveBuffers.capacity)
    }

    @Test func `reads are small ones when the work of the turn is done`() {
        let budget = WorkBudget(), buffers = ReceiveBuffers(budget: budget)
        budget.spend(WorkBudget.capacity - 1)
        #expect(buffers.readLimit == ReceiveBuffers.capacity)
        budget.spend(1)
        #expect(buffers.readLimit == ReceiveBuffers.smallRead)
        budget.renew()
        #expect(buffers.readLimit == ReceiveBuffers.capacity)
    }
}
