import CLinux
import Dispatch
import Glibc
import NIOCore
import NIOPosix
import Sockets
import Synchronization
import SystemPackage

/// The one event loop of NIO, which serves every HTTP listener and every command that asks a router.
///
/// It runs on a thread made here, since NIO ends the process where it cannot make one.
final class HTTPLoop: Sendable {
    private let loop = Mutex<(any NIOCore.EventLoop)?>(nil)

    /// The loop, made at the first use and run as long as the process; the system's error where a thread or descriptor is
    /// missing.
    static let shared: Result<any NIOCore.EventLoop, SystemCallError> = Result { () throws(SystemCallError) in
        try HTTPLoop.checkDescriptors()
        let made = HTTPLoop(), isMade = DispatchSemaphore(value: 0)
        try SystemThread.start {
            MultiThreadedEventLoopGroup.withCurrentThreadAsEventLoop { loop in
                made.loop.withLock { $0 = loop }
                isMade.signal()
            }
        }
        isMade.wait()
        guard let loop = made.loop.withLock({ $0 }) else { throw SystemCallError(.noMemory, in: "epoll_create1") }
        return loop
    }

    /// Descriptors of a loop: epoll, timer and wake-up, and one to spare.
    private static let descriptorCount = 4

    /// Takes the descriptors that the loop needs and gives them back: NIO ends the process where it finds none.
    private static func checkDescriptors() throws(SystemCallError) {
        var descriptors: [CInt] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        for _ in 0..<self.descriptorCount {
            let descriptor = eventfd(0, CInt(EFD_CLOEXEC))
            guard descriptor >= 0 else { throw .current("eventfd") }
            descriptors.append(descriptor)
        }
    }
}
