import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Looks up host names for one connection, through the ``HostLookups`` that all connections share.
struct HostNameResolver: Resolver, Sendable {
    private let eventLoop: any EventLoop

    init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        self.addresses(of: host, port: port) { $0.protocol == .inet }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        self.addresses(of: host, port: port) { $0.protocol == .inet6 }
    }

    /// Others may wait for the same answer, so nothing is cancelled.
    func cancelQueries() {}

    private func addresses(
        of host: String,
        port: Int,
        where isWanted: @escaping @Sendable (SocketAddress) -> Bool
    ) -> EventLoopFuture<[SocketAddress]> {
        let promise = self.eventLoop.makePromise(of: [SocketAddress].self)
        HostLookups.shared.look(up: host) { result in
            promise.completeWith(
                result.map { addresses in
                    addresses.filter(isWanted).map { address in
                        var address = address
                        address.port = port
                        return address
                    }
                }
            )
        }
        return promise.futureResult
    }
}

/// Look-ups of host names in progress: each name once, however many connections wait for it.
///
/// getaddrinfo(3) blocks for as long as the name servers keep silent, half a minute at worst. So each look-up has a thread, and
/// a name that nobody answers for holds up no other.
final class HostLookups: Sendable {
    /// The one of this process: names mean the same to every session.
    static let shared = HostLookups()

    typealias Waiter = @Sendable (Result<[SocketAddress], any Error>) -> Void

    private let waiters = Mutex<[String: [Waiter]]>([:])

    /// Names that are looked up at one time; others wait.
    private static let threadCount = 16

    private let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: HostLookups.threadCount)
        pool.start()
        return pool
    }()

    /// Calls `waiter` with all addresses of a name, or with the reason why there are none.
    func look(up host: String, _ waiter: @escaping Waiter) {
        let isFirst = self.waiters.withLock { waiters in
            waiters[host, default: []].append(waiter)
            return waiters[host]?.count == 1
        }
        guard isFirst else { return }
        self.threads.submit { _ in
            let result = Result { try Self.addresses(of: host) }
            let waiters = self.waiters.withLock { $0.removeValue(forKey: host) ?? [] }
            for waiter in waiters { waiter(result) }
        }
    }

    /// Why a name has no addresses, in the system's words.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static func addresses(of host: String) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &first)
        guard status == 0 else { throw Failure(description: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        for entry in sequence(first: first, next: { $0?.pointee.ai_next }) {
            guard let entry = entry?.pointee, let address = entry.ai_addr else { continue }
            switch entry.ai_family {
            case AF_INET:
                addresses.append(
                    address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
                )
            case AF_INET6:
                addresses.append(
                    address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
                )
            default:
                continue
            }
        }
        return addresses
    }
}
