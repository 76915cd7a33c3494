import Glibc
import NIOPosix

/// The memory of sessions that have ended, which the C library keeps for the next ones: some 8 KiB each.
enum FreedMemory {
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

    /// Swift's Glibc module has no malloc.h; the C library has the function, unless it is another one than glibc.
    private static let trim: (@convention(c) (Int) -> CInt)? = dlsym(nil, "malloc_trim").map {
        unsafeBitCast($0, to: (@convention(c) (Int) -> CInt).self)
    }
}
