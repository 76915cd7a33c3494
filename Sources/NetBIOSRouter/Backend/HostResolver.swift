import Glibc
package import Sockets
import Synchronization

/// Resolves host names: each name once at a time, however many connections wait for it, and remembers the last answers.
///
/// getaddrinfo(3) blocks while name servers are silent, half a minute at worst. So each look-up has a thread of a
/// ``BlockingPool``. Every connection asks anew, so that a change of DNS takes effect at once.
package final class HostResolver: Sendable {
    package typealias Waiter = @Sendable (Result<[Endpoint], any Error>) -> Void

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
        var addresses: [Endpoint]
        var time: MonotonicTime
    }

    private let state = Mutex(State())
    /// Asks and waits for the answer.
    private let ask: @Sendable (String) throws -> [Endpoint]

    /// Names that are looked up at one time; others wait.
    private static let threadCount = 16
    /// How old an answer may be to stand in for one that cannot be had.
    static let longestUse = Duration.hours(1)

    private let threads: BlockingPool

    /// - Parameter ask: Returns all addresses of a name, however long that takes; getaddrinfo(3) unless given.
    /// - Throws: The system's error where not enough threads are left.
    package init(
        ask: @escaping @Sendable (String) throws -> [Endpoint] = { try HostResolver.systemEndpoints(of: $0) }
    ) throws(SystemCallError) {
        self.ask = ask
        self.threads = try BlockingPool(threadCount: Self.threadCount)
    }

    /// Calls `waiter` with all addresses of a name, or with the reason why there are none.
    ///
    /// The last answer stands in where no name server can be asked, but not where one says that there is no such name.
    ///
    /// - Parameters:
    ///   - host: The name.
    ///   - started: Called when it is asked, which may be long after now while others are looked up.
    ///   - waiter: Called once, on any thread.
    package func look(up host: String, started: (@Sendable () -> Void)? = nil, _ waiter: @escaping Waiter) {
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
        self.threads.submit {
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

    /// Returns the last answer, unless it is older than ``longestUse``.
    func lastAnswer(for host: String, now: MonotonicTime = .now()) -> [Endpoint]? {
        self.state.withLock { $0.lastAnswer(for: host, now: now) }
    }

    /// Forgets the answers for all other names.
    func keep(_ hosts: Set<String>) {
        self.state.withLock { state in
            state.lastAnswers = state.lastAnswers.filter { hosts.contains($0.key) }
        }
    }

    /// Why a name has no addresses, in the system's words.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        /// Whether asking again may help: nobody has said that the name does not exist.
        package let isTemporary: Bool

        package init(description: String, isTemporary: Bool) {
            self.description = description
            self.isTemporary = isTemporary
        }
    }
}

extension HostResolver.State {
    fileprivate func lastAnswer(for host: String, now: MonotonicTime) -> [Endpoint]? {
        guard let answer = self.lastAnswers[host], now - answer.time < HostResolver.longestUse else { return nil }
        return answer.addresses
    }

    /// Returns an answer, or the last one in its place.
    fileprivate mutating func result(
        _ found: Result<[Endpoint], any Error>,
        for host: String,
        now: MonotonicTime
    ) -> Result<[Endpoint], any Error> {
        switch found {
        case .success(let addresses):
            self.lastAnswers[host] = HostResolver.Answer(addresses: addresses, time: now)
            return found
        case .failure(let error):
            if (error as? HostResolver.Failure)?.isTemporary == true,
                let addresses = self.lastAnswer(for: host, now: now)
            {
                return .success(addresses)
            }
            self.lastAnswers[host] = nil
            return found
        }
    }
}

extension HostResolver {
    /// EAI_NODATA: the name exists and has no address. netdb.h declares it for _GNU_SOURCE alone.
    private static let noData: CInt = -5

    /// All addresses of a name by the system: /etc/hosts, name servers and what else nsswitch.conf(5) lists.
    package static func systemEndpoints(of host: String) throws -> [Endpoint] {
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
        var endpoints: [Endpoint] = []
        for entry in sequence(first: first, next: { $0?.pointee.ai_next }) {
            guard let entry = entry?.pointee, let address = entry.ai_addr else { continue }
            if let endpoint = Endpoint(address) { endpoints.append(endpoint) }
        }
        return endpoints
    }
}
