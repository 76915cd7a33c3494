import Glibc
import NIOCore
import RouteConfig

/// Connects to a route's backends, one after the other, until one takes the connection. Belongs to one ``SocketLoop``.
///
/// A refusal or a time-out of one tries the next at once. A host name is resolved off the loop; where it has several
/// addresses, the next is tried beside the last when that has been silent for a moment, as RFC 8305 §5 has it.
final class BackendDialer {
    private let loop: SocketLoop
    /// For one backend; `nil` leaves it to the kernel, which gives up after some minutes.
    private let connectTimeout: TimeAmount?
    /// The address to connect from, with port 0, where it is not the router's own.
    private let source: SocketAddress?
    private let onFailure: (Failure) -> Void
    private var completion: ((Result<Connection, AllFailed>) -> Void)?

    private var backends: ArraySlice<Backend> = []
    private var attempts = 0
    /// The backend that is tried now, since when, and its addresses that were not tried yet.
    private var backend = Backend(host: "", port: 0)
    private var begun = NIODeadline.now()
    private var addresses: ArraySlice<SocketAddress> = []
    /// Connections that are being made: one, or several where a name has several addresses.
    private var connecting: [ConnectionAttempt] = []
    private var errors: [(error: IOError, address: SocketAddress)] = []
    private var timeout: LoopTimer?
    private var nextAddress: LoopTimer?

    /// How long an address may be silent before the next is tried beside it (RFC 8305 §5: 250 ms).
    private static let addressDelay = TimeAmount.milliseconds(250)

    /// - Parameters:
    ///   - loop: Where the connection is to live.
    ///   - connectTimeout: For one backend, with the look-up of its name; `nil` leaves it to the kernel.
    ///   - source: The address to connect from, with port 0, where it is not the router's own.
    ///   - onFailure: Hears at once of each backend that was not reached.
    ///   - completion: Called once, unless the dialer is abandoned, and maybe before ``dial(_:)`` returns.
    init(
        on loop: SocketLoop,
        connectTimeout: TimeAmount?,
        source: SocketAddress? = nil,
        onFailure: @escaping (Failure) -> Void,
        completion: @escaping (Result<Connection, AllFailed>) -> Void
    ) {
        self.loop = loop
        self.connectTimeout = connectTimeout
        self.source = source
        self.onFailure = onFailure
        self.completion = completion
    }

    /// A backend's connection, and how it was come by.
    struct Connection {
        var socket: StreamSocket
        var backend: Backend
        /// How many backends were tried, this one included.
        var attempts: Int
        /// How long this one took, with the look-up of its name.
        var time: TimeAmount
    }

    /// One backend that was not reached.
    struct Failure {
        var backend: Backend
        var reason: String
        /// Whether it was for want of something here, such as descriptors or ports, and says nothing of the backend.
        var isLocal: Bool
    }

    /// So many backends were tried, and none was reached.
    struct AllFailed: Error {
        var attempts: Int
    }

    /// Tries `backends` in order.
    func dial(_ backends: [Backend]) {
        self.backends = backends[...]
        self.tryNextBackend()
    }

    /// Ends the attempt under way, and makes no other: whoever called is gone.
    func abandon() {
        self.completion = nil
        self.forgetAttempts()
    }

    // MARK: - One backend

    private func tryNextBackend() {
        guard let backend = self.backends.popFirst() else {
            self.completion.take()?(.failure(AllFailed(attempts: self.attempts)))
            return
        }
        self.attempts += 1
        self.backend = backend
        self.begun = .now()
        self.errors = []
        if let limit = self.connectTimeout {
            self.timeout = self.loop.schedule(at: self.begun + limit) {
                self.failed("\(ErrorText(ChannelError.connectTimeout(limit)))")
            }
        }
        if let address = try? SocketAddress(ipAddress: backend.host, port: Int(backend.port)) {
            guard self.source == nil || address.protocol == .inet else {
                return self.failed("a client's IPv4 address cannot be used towards an IPv6 address")
            }
            self.addresses = [address]
            self.tryNextAddress()
        } else {
            self.lookUp(attempt: self.attempts)
        }
    }

    private func lookUp(attempt: Int) {
        let dialer = LoopBound(self, of: self.loop.handle)
        HostLookups.shared.find(self.backend.host, on: self.loop) { result, loop in
            let dialer = dialer[loop]
            // The time may be up, and another backend's turn.
            guard dialer.completion != nil, dialer.attempts == attempt, dialer.addresses.isEmpty,
                dialer.connecting.isEmpty
            else { return }
            let addresses = (try? result.get()) ?? []
            dialer.found(addresses.filter { dialer.source == nil || $0.protocol == .inet })
        }
    }

    private func found(_ addresses: [SocketAddress]) {
        if addresses.isEmpty { return self.failed("the name does not resolve") }
        self.addresses =
            addresses.map { address in
                var address = address
                address.port = Int(self.backend.port)
                return address
            }[...]
        self.tryNextAddress()
    }

    private func tryNextAddress() {
        self.loop.cancel(self.nextAddress)
        guard let address = self.addresses.popFirst() else {
            if self.connecting.isEmpty { self.failedAtAllAddresses() }
            return
        }
        if !self.addresses.isEmpty {
            self.nextAddress = self.loop.schedule(at: .now() + Self.addressDelay) { self.tryNextAddress() }
        }
        var attempt: ConnectionAttempt?
        let new = ConnectionAttempt(on: self.loop) { result in
            self.connecting.removeAll { $0 === attempt }
            attempt = nil
            switch result {
            case .success(let socket): self.connected(socket)
            case .failure(let error):
                self.errors.append((error, address))
                self.tryNextAddress()
            }
        }
        attempt = new
        self.connecting.append(new)
        new.start(to: address, from: self.source)
    }

    // MARK: - What came of it

    private func connected(_ socket: StreamSocket) {
        self.forgetAttempts()
        self.completion.take()?(
            .success(
                Connection(
                    socket: socket,
                    backend: self.backend,
                    attempts: self.attempts,
                    time: .now() - self.begun
                )
            )
        )
    }

    private func failedAtAllAddresses() {
        guard let last = self.errors.last else { return self.failed("no address to connect to") }
        let isName = (try? SocketAddress(ipAddress: self.backend.host, port: 0)) == nil
        self.failed(
            "\(ErrorText(last.error))" + (isName ? " at \(last.address.logText)" : ""),
            isLocal: self.errors.allSatisfy { Self.localErrors.contains($0.error.errnoCode) }
        )
    }

    private func failed(_ reason: String, isLocal: Bool = false) {
        self.forgetAttempts()
        guard self.completion != nil else { return }
        self.onFailure(Failure(backend: self.backend, reason: reason, isLocal: isLocal))
        // Whoever heard of it may have given up.
        if self.completion != nil { self.tryNextBackend() }
    }

    /// No descriptors, no memory, no port, no place in epoll(7) left.
    private static let localErrors: Set<CInt> = [EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC, EADDRNOTAVAIL, EADDRINUSE]

    private func forgetAttempts() {
        self.loop.cancel(self.timeout)
        self.loop.cancel(self.nextAddress)
        self.addresses = []
        for attempt in self.connecting { attempt.abandon() }
        self.connecting = []
    }
}

@available(*, unavailable)
extension BackendDialer: Sendable {}
