package import Sockets
import Synchronization

/// Resolves host names, with one lookup per name at a time, and caches the last results.
///
/// getaddrinfo(3) blocks while name servers are silent, half a minute at worst. So each look-up has a thread of a
/// ``BlockingPool``. Every connection asks anew, so that a change of DNS takes effect at once. The threads are shared by
/// ``LookupStanding``: names of a dead zone, and health checks, never take all of them.
package final class HostResolver: Sendable {
    package typealias Waiter = @Sendable (Result<[Endpoint], any Error>) -> Void

    fileprivate typealias Queue = PlaceQueue<(host: String, question: Int), Substring>

    /// A name that is being looked up, or waits for a thread.
    fileprivate struct Question {
        /// Distinguishes the questions for a name that are asked one after the other.
        let number: Int
        var standing: LookupStanding
        /// The thread that it has; `nil` while it waits for one.
        var place: Queue.Place?
        /// Called when it is asked.
        var starts: [@Sendable () -> Void] = []
        var waiters: [Int: Waiter] = [:]
    }

    fileprivate struct State {
        var questions: [String: Question] = [:]
        var queue: Queue
        /// The number of the last question and of the last waiter.
        var lastNumber = 0
        /// Entries of ``queue`` whose question is no longer wanted, or has another entry.
        var staleCount = 0
        var lastAnswers: [String: Answer] = [:]
        /// Names whose last look-up failed, or took longer than ``HostResolver/patience``.
        var suspects: Set<String> = []
    }

    fileprivate struct Answer {
        var addresses: [Endpoint]
        var time: MonotonicTime
    }

    private let state: Mutex<State>
    /// Asks and waits for the answer.
    private let ask: @Sendable (String) throws -> [Endpoint]

    /// Names that are looked up at one time; others wait.
    static let threadCount = 32
    /// Names of one parent domain, which is a zone as a rule, that are looked up at one time in each standing.
    static let domainLimit = 8
    /// How old an answer may be to stand in for one that cannot be had.
    static let longestUse = Duration.hours(1)

    private let threads: BlockingPool

    /// - Parameters:
    ///   - domainLimit: The names of one parent domain that are looked up at one time in each standing.
    ///   - ask: Returns all addresses of a name, however long that takes; getaddrinfo(3) unless given.
    /// - Throws: The system's error where not enough threads are left.
    package init(
        domainLimit: Int = HostResolver.domainLimit,
        ask: @escaping @Sendable (String) throws -> [Endpoint] = { try HostResolver.systemEndpoints(of: $0) }
    ) throws(SystemCallError) {
        self.ask = ask
        self.state = Mutex(
            State(
                queue: Queue(
                    count: Self.threadCount,
                    standings: LookupStanding.allCases.count,
                    groupLimit: domainLimit
                )
            )
        )
        self.threads = try BlockingPool(threadCount: Self.threadCount)
    }

    /// A wait for the addresses of a name, for ``cancel(_:)``.
    package struct Lookup: Sendable {
        fileprivate let host: String
        fileprivate let waiter: Int
        /// Whether the name waits for a thread.
        let isQueued: Bool
    }

    /// Calls `waiter` with all addresses of a name, or with the reason why there are none.
    ///
    /// The cached result is used if no DNS server responds, but not if one reports that the name does not exist.
    ///
    /// - Parameters:
    ///   - host: The name.
    ///   - purpose: The use of the addresses. Sessions go first.
    ///   - started: Called when it is asked, which may be long after now while others are looked up.
    ///   - waiter: Called once, on any thread, unless the look-up is cancelled before.
    /// - Returns: The look-up.
    @discardableResult
    package func look(
        up host: String,
        for purpose: LookupPurpose = .session,
        started: (@Sendable () -> Void)? = nil,
        _ waiter: @escaping Waiter
    ) -> Lookup {
        let (lookup, isAsked, hosts) = self.state.withLock { state in
            let number = state.add(waiter, for: host, purpose)
            let isAsked = state.questions[host]?.place != nil
            if let started, !isAsked { state.questions[host]?.starts.append(started) }
            let hosts = state.takePlaces()
            let isQueued = state.questions[host]?.place == nil
            return (Lookup(host: host, waiter: number, isQueued: isQueued), isAsked, hosts)
        }
        if isAsked { started?() }
        for host in hosts { self.begin(host) }
        return lookup
    }

    /// Ends a wait, whose waiter is not called unless that has begun. A name that nobody else waits for is not asked.
    package func cancel(_ lookup: Lookup) {
        self.state.withLock { $0.removeWaiter(lookup.waiter, for: lookup.host) }
    }

    private func begin(_ host: String) {
        self.threads.submit {
            let starts = self.state.withLock { state in
                defer { state.questions[host]?.starts = [] }
                return state.questions[host]?.starts ?? []
            }
            for start in starts { start() }
            let begun = MonotonicTime.now()
            let found = Result { try self.ask(host) }
            let now = MonotonicTime.now()
            let (waiters, result, hosts) = self.state.withLock { state in
                let result = state.result(found, for: host, after: now - begun, now: now)
                let waiters = state.endQuestion(for: host)
                return (waiters, result, state.takePlaces())
            }
            for host in hosts { self.begin(host) }
            for waiter in waiters { waiter(result) }
        }
    }

    /// Returns the cached result, unless it is older than ``longestUse``.
    func lastAnswer(for host: String, now: MonotonicTime = .now()) -> [Endpoint]? {
        self.state.withLock { $0.lastAnswer(for: host, now: now) }
    }

    /// Removes all other names from the cache.
    func keep(_ hosts: Set<String>) {
        self.state.withLock { state in
            state.lastAnswers = state.lastAnswers.filter { hosts.contains($0.key) }
            state.suspects.formIntersection(hosts)
        }
    }

    /// Counts of what is waited for, for tests: waiters, names being asked, and entries of the queue.
    var load: (waiters: Int, asked: Int, queued: Int) {
        self.state.withLock { state in
            let questions = state.questions.values
            let asked = questions.count { $0.place != nil }
            return (questions.reduce(0) { $0 + $1.waiters.count }, asked, questions.count - asked + state.staleCount)
        }
    }

    /// The system's error.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        /// Whether a later lookup may succeed: no server reported that the name does not exist.
        package let isTemporary: Bool

        package init(description: String, isTemporary: Bool) {
            self.description = description
            self.isTemporary = isTemporary
        }
    }
}

extension HostResolver.State {
    /// Adds a waiter, and a question where none is open. A session's turn is not that of a check that asked before.
    fileprivate mutating func add(
        _ waiter: @escaping HostResolver.Waiter,
        for host: String,
        _ purpose: LookupPurpose
    ) -> Int {
        let standing = LookupStanding(purpose, isSuspect: self.suspects.contains(host))
        self.lastNumber += 1
        if let present = self.questions[host], present.place != nil || present.standing <= standing {
            self.questions[host]?.waiters[self.lastNumber] = waiter
            return self.lastNumber
        }
        let former = self.questions[host]
        if former != nil { self.noteStaleEntry() }
        var question = HostResolver.Question(number: self.lastNumber, standing: standing)
        question.starts = former?.starts ?? []
        question.waiters = former?.waiters ?? [:]
        question.waiters[self.lastNumber] = waiter
        self.questions[host] = question
        let domain = host.firstIndex(of: ".").map { host[$0...] } ?? ""
        self.queue.append((host, question.number), standing: standing.rawValue, group: domain)
        return self.lastNumber
    }

    /// Takes a thread for each name that may be asked now.
    fileprivate mutating func takePlaces() -> [String] {
        var hosts: [String] = []
        while let (entry, place) = self.queue.popFirst() {
            guard self.questions[entry.host]?.number == entry.question else {
                self.staleCount -= 1
                self.queue.giveBack(place)
                continue
            }
            self.questions[entry.host]?.place = place
            hosts.append(entry.host)
        }
        return hosts
    }

    fileprivate mutating func endQuestion(for host: String) -> [HostResolver.Waiter] {
        guard let question = self.questions.removeValue(forKey: host) else { return [] }
        if let place = question.place { self.queue.giveBack(place) }
        return question.waiters.sorted { $0.key < $1.key }.map(\.value)
    }

    fileprivate mutating func removeWaiter(_ number: Int, for host: String) {
        self.questions[host]?.waiters[number] = nil
        guard let question = self.questions[host], question.waiters.isEmpty, question.place == nil else { return }
        self.questions[host] = nil
        self.noteStaleEntry()
    }

    /// Counts an entry of the queue that is not wanted; such entries go when they are the greater part.
    private mutating func noteStaleEntry() {
        self.staleCount += 1
        guard self.staleCount > self.questions.count + 64 else { return }
        let questions = self.questions
        self.queue.removeAll { questions[$0.host]?.number != $0.question }
        self.staleCount = 0
    }

    fileprivate func lastAnswer(for host: String, now: MonotonicTime) -> [Endpoint]? {
        guard let answer = self.lastAnswers[host], now - answer.time < HostResolver.longestUse else { return nil }
        return answer.addresses
    }

    /// Returns a result, or the cached one in its place.
    fileprivate mutating func result(
        _ found: Result<[Endpoint], any Error>,
        for host: String,
        after time: Duration,
        now: MonotonicTime
    ) -> Result<[Endpoint], any Error> {
        if time > HostResolver.patience { self.suspects.insert(host) } else { self.suspects.remove(host) }
        switch found {
        case .success(let addresses):
            self.lastAnswers[host] = HostResolver.Answer(addresses: addresses, time: now)
            return found
        case .failure(let error):
            self.suspects.insert(host)
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
