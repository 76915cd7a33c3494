import CLinux
import Sockets

/// Returns the memory of ended sessions to the system: the C library keeps some 8 KiB of each for the next ones.
public final class FreedMemory: Sendable {
    /// The number of ended sessions that justifies malloc_trim(3), which stops allocating threads for milliseconds.
    static let sessions = 1000

    /// The delay until the last of many sessions that end together has freed its memory.
    private static let delay = Duration.seconds(1)

    private let pool: BlockingPool

    /// - Parameter pool: Runs malloc_trim(3), off the event loops.
    init(on pool: BlockingPool) {
        self.pool = pool
    }

    /// Returns freed memory after ``delay``.
    func release() {
        Task {
            try? await TaskPool.sleep(for: Self.delay)
            self.pool.submit { _ = malloc_trim(0) }
        }
    }

    /// Makes large blocks, such as receive buffers that a slow receiver kept, return to the system when they are freed
    /// (mallopt(3), M_MMAP_THRESHOLD). Otherwise the C library keeps such blocks after the first, and splits them.
    ///
    /// Call once, before there are threads.
    public static func returnLargeBlocks() {
        _ = mallopt(M_MMAP_THRESHOLD, CInt(ReceiveBuffers.capacity / 2))
    }
}
