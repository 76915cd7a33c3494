import Testing

@testable import Sockets

struct EventLoopHandleTests {
    private actor Resident {
        private let executor: EventLoopHandle
        private(set) var count = 0

        init(on executor: EventLoopHandle) {
            self.executor = executor
        }

        nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

        func isOnLoop() -> Bool? { self.executor.isIsolatingCurrentContext() }

        /// Counts once now and once later, when the loop's timer is due.
        func countTwice() {
            self.count += 1
            _ = self.executor.assumedLoop.schedule(at: .now()) { self.count += 1 }
        }

        func isOnLoopAfterSuspension() async -> Bool? {
            await Task.yield()
            return self.executor.isIsolatingCurrentContext()
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `it runs on the loop's thread, also after a wait, and callbacks of the loop may call it`() async throws {
        let handle = try EventLoopHandle.start()
        let resident = Resident(on: handle)
        #expect(await resident.isOnLoop() == true)
        #expect(await resident.isOnLoopAfterSuspension() == true)
        await resident.countTwice()
        while await resident.count < 2 { await Task.yield() }
        let isAssumed = await handle.run { _ in resident.assumeIsolated { $0.count == 2 } }
        #expect(isAssumed)
    }

    @Test func `what is on another thread does not have the loop`() async throws {
        let handle = try EventLoopHandle.start()
        #expect(handle.isIsolatingCurrentContext() == false)
        let isIsolating = await handle.run { _ in handle.isIsolatingCurrentContext() }
        #expect(isIsolating == true)
    }
}
