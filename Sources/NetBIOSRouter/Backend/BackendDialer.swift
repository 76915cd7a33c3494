import RouteConfig
import Sockets

/// Connects to one of several backends, in order, until one takes the connection. Confined to one event loop.
///
/// A refusal or a time-out of one backend tries the next at once. A host name is resolved off the loop; where it has several
/// addresses, the next one is tried beside the last after ``addressDelay`` (RFC 8305 §5), at most ``attemptLimit`` at a time:
/// then the oldest attempt is given up once it is ``attemptAge`` old.
final class BackendDialer {
    private let connectTimeout: Duration?
    private let source: Endpoint?
    private let resolver: HostResolver
    private let purpose: LookupPurpose
    private let loop: EventLoop
    private var receiver: Receiver?

    /// The backends that could not be reached so far.
    private(set) var failures: [Failure] = []
    private var backends: ArraySlice<Backend>
    /// The current backend, and the start of its attempt.
    private var backend = Backend(host: "", port: 0)
    private var begun = MonotonicTime.now()
    private var search: HostSearch?
    /// Distinguishes the backends that are tried one after the other.
    private var attemptCount = 0
    /// Addresses of the backend that are still untried.
    private var endpoints: ArraySlice<Endpoint> = []
    private var attempts: [Attempt] = []
    private var lastError: (error: SystemCallError, endpoint: Endpoint)?
    /// Whether every address failed because this host lacked a resource.
    private var isFailureLocal = true
    private var timeout: LoopTimer?
    private var nextAddress: LoopTimer?

    private struct Attempt {
        let connection: ConnectionAttempt
        let endpoint: Endpoint
        let begun: MonotonicTime
    }

    /// The maximum number of concurrent connection attempts of one session. ``DescriptorNeed`` counts them.
    static let attemptLimit = 3
    /// The maximum number of addresses of one name that are tried.
    static let addressLimit = 16
    /// The time until the next address is tried in parallel (RFC 8305 §5: 250 ms).
    private static let addressDelay = Duration.milliseconds(250)
    /// The age at which an attempt may be replaced by the next address: a SYN is retransmitted after one second.
    private static let attemptAge = Duration.milliseconds(2500)

    /// Receives the events of a dial.
    typealias Receiver = (consuming Event) -> Void

    enum Event: ~Copyable {
        /// A backend could not be reached; the next one is tried.
        case failed(Failure)
        /// No backend could be reached. The last event.
        case exhausted
        /// A backend accepted the connection after the given time, which includes the lookup of its name. The last
        /// event.
        case connected(StreamSocket, Backend, Duration)
    }

    /// A backend that could not be reached.
    struct Failure {
        var backend: Backend
        var reason: String
        /// Whether this host lacked a resource, such as descriptors or ports, which says nothing about the backend.
        var isLocal: Bool
    }

    /// Starts dialing.
    ///
    /// - Parameters:
    ///   - backends: In the order to try them in.
    ///   - source: The address to connect from, with port 0, where it is not the router's own.
    ///   - connectTimeout: The limit for one backend, with the look-up of its name; `nil` leaves it to the kernel, which
    ///     gives up after some minutes.
    ///   - resolver: Finds the addresses of host names.
    ///   - purpose: The use of the connection, which gives look-ups their standing.
    ///   - loop: The loop of the connection.
    ///   - receiver: Receives the events, after this returns.
    init(
        _ backends: [Backend],
        from source: Endpoint? = nil,
        connectTimeout: Duration?,
        resolver: HostResolver,
        for purpose: LookupPurpose = .session,
        on loop: EventLoop,
        receiver: @escaping Receiver
    ) {
        self.backends = backends[...]
        self.source = source
        self.connectTimeout = connectTimeout
        self.resolver = resolver
        self.purpose = purpose
        self.loop = loop
        self.receiver = receiver
        self.tryNextBackend()
    }

    /// Ends the attempts under way; no event follows.
    func cancel() {
        self.receiver = nil
        self.cancelAttempts()
    }

    // MARK: - One backend

    private func tryNextBackend() {
        self.attemptCount += 1
        guard let backend = self.backends.popFirst() else {
            return self.loop.nextTurn { self.receiver.take()?(.exhausted) }
        }
        self.backend = backend
        self.begun = .now()
        self.lastError = nil
        self.isFailureLocal = true
        if let limit = self.connectTimeout {
            self.timeout = self.loop.schedule(at: self.begun + limit) {
                self.failed("no answer in \(limit.milliseconds) ms", isLocal: false)
            }
        }
        if let endpoint = Endpoint(numeric: backend.host, port: backend.port) {
            self.tryEndpoints([endpoint])
        } else {
            self.resolve(backend.host)
        }
    }

    private func resolve(_ host: String) {
        let dialer = LoopBound(self, of: self.loop.handle)
        self.search = HostSearch(host, by: self.resolver, for: self.purpose, on: self.loop) { result, loop in
            let dialer = dialer[loop]
            dialer.search = nil
            let endpoints = (try? result.get()) ?? []
            guard !endpoints.isEmpty else { return dialer.failed("the name does not resolve", isLocal: false) }
            dialer.tryEndpoints(endpoints.map { Endpoint($0.host, port: dialer.backend.port) })
        }
    }

    private func tryEndpoints(_ endpoints: [Endpoint]) {
        var seen: Set<Endpoint> = []
        let usable = endpoints.filter { (self.source == nil || $0.ipv4 != nil) && seen.insert($0).inserted }
        guard !usable.isEmpty else {
            // Completions are never called synchronously.
            let attempt = self.attemptCount
            return self.loop.nextTurn {
                guard self.attemptCount == attempt else { return }
                self.failed("a client's IPv4 address cannot be used towards an IPv6 address", isLocal: false)
            }
        }
        self.endpoints = usable.prefix(Self.addressLimit)
        self.tryNextEndpoint()
    }

    /// Tries the next address, if one is left and an attempt is allowed.
    private func tryNextEndpoint() {
        self.loop.cancel(self.nextAddress)
        guard !self.endpoints.isEmpty else {
            if self.attempts.isEmpty { self.failedAtAllEndpoints() }
            return
        }
        if self.attempts.count >= Self.attemptLimit, let oldest = self.attempts.first {
            let end = oldest.begun + Self.attemptAge
            guard end <= .now() else { return self.scheduleNextEndpoint(at: end) }
            oldest.connection.cancel()
            self.attempts.removeFirst()
        }
        guard let endpoint = self.endpoints.popFirst() else { return }
        let now = MonotonicTime.now()
        self.attempts.append(
            Attempt(
                connection: ConnectionAttempt(
                    to: endpoint,
                    from: self.source,
                    options: SessionSocketOptions.all,
                    on: self.loop
                ) { self.attemptEnded(at: endpoint, $0) },
                endpoint: endpoint,
                begun: now
            )
        )
        if !self.endpoints.isEmpty { self.scheduleNextEndpoint(at: now + Self.addressDelay) }
    }

    private func scheduleNextEndpoint(at moment: MonotonicTime) {
        self.nextAddress = self.loop.schedule(at: moment) { self.tryNextEndpoint() }
    }

    private func attemptEnded(at endpoint: Endpoint, _ result: consuming Result<StreamSocket, SystemCallError>) {
        self.attempts.removeAll { $0.endpoint == endpoint }
        switch consume result {
        case .success(let socket):
            self.cancelAttempts()
            self.receiver.take()?(.connected(socket, self.backend, .now() - self.begun))
        case .failure(let error):
            self.lastError = (error, endpoint)
            self.isFailureLocal = self.isFailureLocal && error.isLocal
            self.tryNextEndpoint()
        }
    }

    // MARK: - Failures

    private func failedAtAllEndpoints() {
        guard let (error, endpoint) = self.lastError else {
            return self.failed("no address to connect to", isLocal: false)
        }
        let isName = Endpoint(numeric: self.backend.host, port: 0) == nil
        self.failed("\(error)" + (isName ? " at \(endpoint)" : ""), isLocal: self.isFailureLocal)
    }

    private func failed(_ reason: String, isLocal: Bool) {
        self.cancelAttempts()
        let failure = Failure(backend: self.backend, reason: reason, isLocal: isLocal)
        self.failures.append(failure)
        // The receiver may cancel the dial.
        self.receiver?(.failed(failure))
        if self.receiver != nil { self.tryNextBackend() }
    }

    private func cancelAttempts() {
        self.loop.cancel(self.timeout)
        self.loop.cancel(self.nextAddress)
        self.search.take()?.cancel()
        self.endpoints = []
        for attempt in self.attempts { attempt.connection.cancel() }
        self.attempts = []
    }
}

@available(*, unavailable)
extension BackendDialer: Sendable {}
