import Glibc
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
            NIOThreadPool.singleton.submit { _ in _ = self.trim?(0) }
        }
    }

    /// Has large blocks, such as receive buffers that a slow receiver held, go back to the system when they are freed
    /// (mallopt(3), M_MMAP_THRESHOLD). Otherwise the C library keeps such ones after the first, and cuts them up.
    ///
    /// Once, before there are threads.
    public static func giveBackLargeBlocks() {
        _ = self.setOption?(self.mapThreshold, CInt(ReceiveBuffers.capacity / 2))
    }

    /// M_MMAP_THRESHOLD of malloc.h.
    private static let mapThreshold: CInt = -3

    // Swift's Glibc module has no malloc.h; the C library has the functions, unless it is another one than glibc.

    private static let trim: (@convention(c) (Int) -> CInt)? = dlsym(nil, "malloc_trim").map {
        unsafeBitCast($0, to: (@convention(c) (Int) -> CInt).self)
    }

    private static let setOption: (@convention(c) (CInt, CInt) -> CInt)? = dlsym(nil, "mallopt").map {
        unsafeBitCast($0, to: (@convention(c) (CInt, CInt) -> CInt).self)
    }
}
