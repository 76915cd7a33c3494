import NetBIOS
import Sockets
import RouteConfig

/// Every address that sessions are accepted on: binds what a configuration wants and lets go of what it does not.
struct SessionListeners: Sendable {
    private var listeners: [Endpoint: SessionListener] = [:]
    /// Those that a reload has given up and that still accept what is under way.
    private var retiring: [SessionListener] = []
    private let loops: SessionLoops
    private let environment: SessionEnvironment

    init(on loops: SessionLoops, environment: SessionEnvironment) {
        self.loops = loops
        self.environment = environment
    }

    /// The addresses that are listened on, sorted.
    var addresses: [Endpoint] { self.listeners.values.map(\.endpoint).sorted { $0.description < $1.description } }

    /// Those of them whose socket is closed.
    var closed: [Endpoint] {
        self.listeners.values.filter { !$0.isOpen }.map(\.endpoint).sorted { $0.description < $1.description }
    }

    /// The addresses that `configuration` wants.
    ///
    /// A route's own address is listened on too, unless all are: it may be on no interface yet.
    static func addresses(for configuration: RouterConfiguration) -> Set<Endpoint> {
        let listen = configuration.listen
        var addresses = Set(listen.addresses)
        if !addresses.contains(.any) { addresses.formUnion(configuration.routes.compactMap(\.address)) }
        return Set(
            addresses.map { Endpoint($0, port: listen.sessionPort) }
        )
    }

    /// Listeners that stand ready beside the present ones, before anything is given up.
    struct Prepared: Sendable {
        /// Those that were bound for it, by what they were asked to be bound to.
        let added: [Endpoint: SessionListener]
        fileprivate let wanted: Set<Endpoint>

        /// Gives up what was bound: the old listeners stay as they are.
        func cancel() async {
            for listener in self.added.values { await listener.close() }
        }
    }

    /// Binds what `configuration` wants and is not bound yet.
    ///
    /// - Returns: What ``commit(_:)`` makes the present.
    /// - Throws: ``BindError`` for the first address that cannot be bound; none is then bound anew.
    func prepare(_ configuration: RouterConfiguration) async throws(BindError) -> Prepared {
        let wanted = Self.addresses(for: configuration)
        let missing = wanted.filter { self.listeners[$0] == nil }.sorted { $0.description < $1.description }
        let others = Array(self.listeners.values) + self.retiring
        var added: [Endpoint: SessionListener] = [:]
        var failure: BindError?
        for listener in missing.isEmpty ? [] : others { await listener.setSharesPort(true) }
        for address in missing where failure == nil {
            do throws(BindError) {
                added[address] = try await SessionListener.bind(
                    address,
                    mayBeAbsent: !address.isIn(configuration.listen.addresses),
                    sharesPort: others.contains { $0.endpoint.port == address.port },
                    on: self.loops,
                    environment: self.environment
                )
            } catch {
                failure = error
            }
        }
        for listener in missing.isEmpty ? [] : others { await listener.setSharesPort(false) }
        let prepared = Prepared(added: added, wanted: wanted)
        guard let failure else { return prepared }
        await prepared.cancel()
        throw failure
    }

    /// Makes what was prepared the present.
    ///
    /// - Returns: The listeners that nobody wants any more, to be retired.
    mutating func commit(_ prepared: Prepared) -> [SessionListener] {
        self.listeners.merge(prepared.added) { _, new in new }
        let retired = self.listeners.filter { !prepared.wanted.contains($0.key) }
        for address in retired.keys { self.listeners[address] = nil }
        self.retiring += retired.values
        return Array(retired.values)
    }

    /// Whether `listener` is one of the present ones: neither given up nor replaced.
    func contains(_ listener: SessionListener) -> Bool { self.listeners.values.contains { $0 === listener } }

    /// Binds once more what a present listener was bound to that has closed by itself.
    ///
    /// - Returns: The new listener, which ``replace(_:with:)`` makes the present.
    func bindAgain(_ closed: SessionListener, for configuration: RouterConfiguration) async throws(BindError)
        -> SessionListener
    {
        try await SessionListener.bind(
            closed.endpoint,
            mayBeAbsent: !closed.endpoint.isIn(configuration.listen.addresses),
            sharesPort: false,
            on: self.loops,
            environment: self.environment
        )
    }

    /// Puts a listener in the place of one that has closed by itself.
    ///
    /// - Returns: Whether that one was still a present one.
    mutating func replace(_ closed: SessionListener, with new: SessionListener) -> Bool {
        guard let key = self.listeners.first(where: { $0.value === closed })?.key else { return false }
        self.listeners[key] = new
        return true
    }

    /// A listener that was to be retired has closed.
    mutating func forget(_ listener: SessionListener) {
        self.retiring.removeAll { $0 === listener }
    }

    /// Takes all listeners out, to be closed.
    mutating func removeAll() -> [SessionListener] {
        defer {
            self.listeners = [:]
            self.retiring = []
        }
        return self.listeners.values + self.retiring
    }
}

extension Endpoint {
    fileprivate func isIn(_ addresses: [NetBIOS.IPv4Address]) -> Bool {
        self.ipv4.map(addresses.contains) ?? false
    }
}
