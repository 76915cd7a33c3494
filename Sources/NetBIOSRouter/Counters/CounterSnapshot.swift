import Sockets
public import NetBIOS
public import RouteConfig

/// Counters since the start of the router.
public struct CounterSnapshot: Hashable, Sendable {
    /// Sessions that got a route, including current ones.
    public var admitted = 0
    /// Routes with sessions, including those no longer in force.
    public var routes: [Route.ID: OfRoute] = [:]
    /// Connections that ended without a route, by reason.
    public var withoutRoute: [SessionEnd: Int] = [:]
    /// Refused calls, by code.
    public var refusals: [SessionRefusal: Int] = [:]
    /// The number of times that each limit was reached.
    public var limits: [SessionLimit: Int] = [:]
    /// Times to connect, by backend.
    public var connectTimes: [Backend: ConnectTimes] = [:]
    /// The last refused calls, newest first.
    public var lastRefusals: [RefusedCall] = []

    /// The counters of one route.
    public struct OfRoute: Hashable, Sendable {
        /// Ended sessions, by reason.
        public var ends: [SessionEnd: Int] = [:]
        /// Bytes from clients, including current sessions.
        public var bytesIn = 0
        /// Bytes from backends, including current sessions.
        public var bytesOut = 0

        public init() {}

        init(ends: [SessionEnd: Int], traffic: RouteTraffic) {
            self.ends = ends
            self.bytesIn = traffic.bytesIn
            self.bytesOut = traffic.bytesOut
        }
    }
}

/// A histogram of the times to connect to a backend.
public struct ConnectTimes: Hashable, Sendable {
    /// The upper bounds of the buckets, in milliseconds; the last bucket has none.
    public static let bounds: [Double] = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000]

    /// The number of connections in each bucket: one more than ``bounds``.
    public private(set) var counts = [Int](repeating: 0, count: Self.bounds.count + 1)
    /// The sum of all times, in milliseconds.
    public private(set) var sum = 0.0
    /// The last time, in milliseconds.
    public private(set) var last = 0.0

    /// The number of connections.
    public var count: Int { self.counts.reduce(0, +) }

    /// Adds a connection.
    mutating func add(_ time: Duration) {
        let milliseconds = Double(time.nanoseconds) / 1_000_000
        self.counts[Self.bounds.firstIndex { milliseconds <= $0 } ?? Self.bounds.count] += 1
        self.sum += milliseconds
        self.last = milliseconds
    }
}

/// A refused call, for diagnosis.
public struct RefusedCall: Hashable, Sendable {
    public var time: Timestamp
    /// The client's address, without its port.
    public var client: String
    /// The called name, printable; `nil` if the request was invalid.
    public var called: String?
    /// The scope of the call, printable; `nil` for none.
    public var scope: String?
    /// The route, if one was found.
    public var route: Route.ID?
    public var code: SessionRefusal
    /// The reason in a few words.
    public var reason: String

    /// Describes a refused session; `nil` for one that was not refused.
    init?(_ record: SessionRecord) {
        guard case .refused(let code)? = record.end else { return nil }
        self.time = .now()
        self.client = "\(record.client.address)"
        self.called = record.request.map { "\($0.called.name)" }
        self.scope = record.request.flatMap { $0.called.scope.isEmpty ? nil : "\($0.called.scope)" }
        self.route = record.route?.id
        self.code = code
        switch code {
        case .notListeningOnCalledName: self.reason = "a route has the name, but not with this suffix"
        case .notListeningForCallingName where record.route == nil:
            self.reason = "sessions.allow and sessions.deny do not admit this client"
        case .notListeningForCallingName: self.reason = "the route does not admit this client"
        case .calledNameNotPresent: self.reason = "no route has this name"
        case .insufficientResources where record.attempts > 0:
            self.reason = "no backend could be reached (tried: \(record.attempts))"
        case .insufficientResources: self.reason = "a limit was reached, or all backends are draining"
        case .unspecified: self.reason = "the request is invalid"
        }
    }
}
