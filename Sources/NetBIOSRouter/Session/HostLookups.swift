import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Look-ups of host names in progress, each name once, however many connections wait for it; and what they found last.
///
/// getaddrinfo(3) blocks for as long as the name servers keep silent, half a minute at worst. So each look-up has a thread, and
/// a name that nobody answers for holds up no other. Every connection asks anew, so that a change is followed at once.
final class HostLookups: Sendable {
    /// The one of this process: names mean the same to every session.
    static let shared = HostLookups { try HostLookups.systemAddresses(of: $0) }

    typealias Waiter = @Sendable (Result<[SocketAddress], any Error>) -> Void

    /// A name that is being looked up, or waits for a thread.
    fileprivate struct Question {
        var isAsked = false
        /// Called when it is asked.
        var starts: [@Sendable () -> Void] = []
        var waiters: [Waiter] = []
    }

    fileprivate struct State {
        var questions: [String: Question] = [:]
        var lastAnswers: [String: Answer] = [:]
    }

    fileprivate struct Answer {
        var addresses: [SocketAddress]
        var time: NIODeadline
    }

    private let state = Mutex(State())
    /// Asks and waits for the answer.
    private let ask: @Sendable (String) throws -> [SocketAddress]

    /// Names that are looked up at one time; others wait.
    private static let threadCount = 16
    /// How old an answer may be to stand in for one that cannot be had.
    static let longestUse = TimeAmount.hours(1)

    private let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: HostLookups.threadCount)
        pool.start()
        return pool
    }()

    /// - Parameter ask: Finds all addresses of a name, however long that takes.
    init(ask: @escaping @Sendable (String) throws -> [SocketAddress]) {
        self.ask = ask
    }

    deinit {
        self.threads.shutdownGracefully { _ in }
    }

    /// Calls `waiter` with all addresses of a name, or with the reason why there are none.
    ///
    /// The last answer stands in where no name server can be asked, but not where one says that there is no such name.
    ///
    /// - Parameters:
    ///   - host: The name.
    ///   - started: Called when it is asked, which may be long after now while others are looked up.
    ///   - waiter: Called once, on any thread.
    func look(up host: String, started: (@Sendable () -> Void)? = nil, _ waiter: @escaping Waiter) {
        let (isFirst, isAsked) = self.state.withLock { state in
            let isFirst = state.questions[host] == nil
            var question = state.questions[host] ?? Question()
            question.waiters.append(waiter)
            if let started, !question.isAsked { question.starts.append(started) }
            state.questions[host] = question
            return (isFirst, question.isAsked)
        }
        if isAsked { started?() }
        guard isFirst else { return }
        self.threads.submit { _ in
            let starts = self.state.withLock { state in
                defer { state.questions[host]?.starts = [] }
                state.questions[host]?.isAsked = true
                return state.questions[host]?.starts ?? []
            }
            for start in starts { start() }
            let found = Result { try self.ask(host) }
            let (waiters, result) = self.state.withLock { state in
                let result = state.result(found, for: host, now: .now())
                return (state.questions.removeValue(forKey: host)?.waiters ?? [], result)
            }
            for waiter in waiters { waiter(result) }
        }
    }

    /// What a name was found to mean the last time, if that is not too long ago.
    func lastAnswer(for host: String, now: NIODeadline = .now()) -> [SocketAddress]? {
        self.state.withLock { $0.lastAnswer(for: host, now: now) }
    }

    /// Forgets the answers for all other names.
    func keep(_ hosts: Set<String>) {
        self.state.withLock { state in
            state.lastAnswers = state.lastAnswers.filter { hosts.contains($0.key) }
        }
    }

    /// Why a name has no addresses, in the system's words.
    struct Failure: Error, CustomStringConvertible {
        let description: String
        /// Whether asking again may help: nobody has said that the name does not exist.
        let isTemporary: Bool
    }
}

extension HostLookups.State {
    fileprivate func lastAnswer(for host: String, now: NIODeadline) -> [SocketAddress]? {
        guard let answer = self.lastAnswers[host], now - answer.time < HostLookups.longestUse else { return nil }
        return answer.addresses
    }

    /// What to tell of an answer: itself, or the last one in its stead.
    fileprivate mutating func result(
        _ found: Result<[SocketAddress], any Error>,
        for host: String,
        now: NIODeadline
    ) -> Result<[SocketAddress], any Error> {
        switch found {
        case .success(let addresses):
            self.lastAnswers[host] = HostLookups.Answer(addresses: addresses, time: now)
            return found
        case .failure(let error):
            if (error as? HostLookups.Failure)?.isTemporary == true,
                let addresses = self.lastAnswer(for: host, now: now)
            {
                return .success(addresses)
            }
            self.lastAnswers[host] = nil
            return found
        }
    }
}

extension HostLookups {
    /// EAI_NODATA: the name exists and has no address. netdb.h declares it for _GNU_SOURCE alone.
    private static let noData: CInt = -5

    /// All addresses of a name by the system: /etc/hosts, name servers and what else nsswitch.conf(5) lists.
    private static func systemAddresses(of host: String) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &first)
        guard status == 0 else {
            throw Failure(
                description: String(cString: gai_strerror(status)),
                isTemporary: status != EAI_NONAME && status != self.noData
            )
        }
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
