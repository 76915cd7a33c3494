import CLinux
import NIOPosix

/// The memory of sessions that have ended, which the C library keeps for the next ones: some 8 KiB each.
public enum FreedMemory {
    /// So many sessions less are worth the while, which is a few milliseconds for a thread that allocates meanwhile.
    static let sessions = 1000

    /// How long the last of many sessions that end at one time have to free theirs.
    private static let delay = Duration.seconds(1)

    /// Gives it back to the system in a moment, on no event loop's thread (malloc_trim(3)).
    static func giveBack() {
        Task {
            try? await Task.sleep(for: self.delay)
            NIOThreadPool.singleton.submit { _ in _ = malloc_trim(0) }
        }
    }

    /// Has large blocks, such as receive buffers that a slow receiver held, go back to the system when they are freed
    /// (mallopt(3), M_MMAP_THRESHOLD). Otherwise the C library keeps such ones after the first, and cuts them up.
    ///
    /// Once, before there are threads.
    public static func giveBackLargeBlocks() {
        _ = mallopt(M_MMAP_THRESHOLD, CInt(ReceiveBuffers.capacity / 2))
    }
}
