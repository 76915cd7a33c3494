import Glibc
import Testing

@testable import nbrouter

struct SignalsTests {
    @Test func `each signal is delivered to the handler, in order`() async throws {
        let (numbers, number) = AsyncStream.makeStream(of: CInt.self)
        try Signals.trap(SIGUSR1, SIGUSR2) { number.yield($0) }
        var deliveries = numbers.makeAsyncIterator()
        for _ in 0..<3 {
            kill(getpid(), SIGUSR1)
            #expect(await deliveries.next() == SIGUSR1)
            kill(getpid(), SIGUSR2)
            #expect(await deliveries.next() == SIGUSR2)
        }
    }
}
