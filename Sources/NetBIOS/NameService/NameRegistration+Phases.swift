// The phases and actions of a registration.

extension NameRegistration {
    /// A registration granted by a server.
    struct Grant: Hashable, Sendable {
        let server: IPv4Address
        /// Time to live in seconds, never 0.
        let timeToLive: UInt32
        /// The time of the next refresh.
        let refresh: Duration

        /// The shortest time from a grant to the refresh, whatever time to live a server grants.
        static let shortestRefresh: Duration = .milliseconds(500)

        /// Schedules the refresh at a random time between three and four eighths of the time to live, to spread the
        /// load.
        init(
            by server: IPv4Address,
            timeToLive: UInt32,
            at now: Duration,
            using generator: inout some RandomNumberGenerator
        ) {
            self.server = server
            // 0 means no expiry.
            self.timeToLive = timeToLive == 0 ? UInt32.max : timeToLive
            let eighths = Duration.seconds(Int64(self.timeToLive)) / 8
            let share = eighths * 3 + eighths * Int.random(in: 0...1024, using: &generator) / 1024
            self.refresh = now + max(share, Self.shortestRefresh)
        }
    }

    /// The states of the diagram; `sent` counts transmissions of the request.
    enum Phase: Hashable, Sendable {
        /// No request is pending: no server responds, or another host owns the name.
        case idle
        /// A registration request is pending.
        case registering(Method, server: IPv4Address, transactionID: UInt16, sent: Int)
        /// The server named an owner, which this node queries for the name.
        case challenging(server: IPv4Address, owner: IPv4Address, transactionID: UInt16, sent: Int)
        /// The server is queried for the owner.
        case confirming(Occasion, server: IPv4Address, transactionID: UInt16, sent: Int)
        /// Registered; the next refresh is pending.
        case registered
        /// A release is pending at a server.
        case releasing(server: IPv4Address, transactionID: UInt16, sent: Int)
    }

    /// The kinds of registration requests.
    enum Method: Hashable, Sendable {
        /// An address in addition to others of the owner (Microsoft's multihomed registration).
        case multihomed
        /// The only address of a unique name, or one of a group (§4.2.2); `holder` is the current owner, if known.
        case single(holder: IPv4Address?)
        /// The only address, after the named owner did not defend the name (§4.2.3).
        case overwrite
        /// A refresh of the registration (§4.2.4).
        case refresh
    }

    /// The reason to query a server for the owner.
    enum Occasion: Hashable, Sendable {
        /// Before a registration.
        case registration
        /// After a refusal.
        case refused
        /// A periodic check of the registration.
        case check
    }

    /// The caller's work after an event, apart from sending if ``wantsToSend``.
    enum Action: Hashable, Sendable {
        /// Nothing, until the deadline.
        case none
        /// The server has registered the name.
        case registered
        /// Another host owns the name, or the server refuses it; the server then counts as the holder.
        case refused(holder: IPv4Address)
        /// The server did not respond to a request that was first sent at `since`.
        case silent(server: IPv4Address, since: Duration)
        /// The server reports that it is out of service.
        case failed(server: IPv4Address)
        /// The server has lost a registration, and possibly others; the name is being registered again.
        case forgotten(server: IPv4Address)
        /// No server has the name any more.
        case released
    }

    /// A request and its destination.
    struct Message: Hashable, Sendable {
        let destination: IPv4Address
        let transactionID: UInt16
        let kind: Kind

        /// The kind of request.
        enum Kind: Hashable, Sendable {
            case register(Method)
            /// A name query, to a server with recursion or to a node without.
            case query(ofServer: Bool)
            case release
        }
    }
}

// MARK: - Properties

extension NameRegistration {
    /// The host with a pending request, if any.
    var asked: (host: IPv4Address, transactionID: UInt16)? {
        switch self.phase {
        case .registering(_, let server, let id, let sent) where sent > 0: (server, id)
        case .confirming(_, let server, let id, let sent) where sent > 0: (server, id)
        case .releasing(let server, let id, let sent) where sent > 0: (server, id)
        case .challenging(_, let owner, let id, let sent) where sent > 0: (owner, id)
        case .registering, .confirming, .releasing, .challenging, .idle, .registered: nil
        }
    }

    /// Whether no request is pending: the name is registered, or not to be registered now.
    var isSettled: Bool {
        switch self.phase {
        case .idle, .registered: true
        case .registering, .challenging, .confirming, .releasing: false
        }
    }

    /// Whether it is being released.
    var isReleasing: Bool { if case .releasing = self.phase { true } else { false } }
}
