// What a registration can be doing, and what its owner hears of it.

extension NameRegistration {
    /// What a server granted.
    struct Grant: Hashable, Sendable {
        let server: IPv4Address
        /// In seconds, never 0.
        let timeToLive: UInt32
        /// When it is to be refreshed.
        let refresh: Duration

        /// A registration is not refreshed more often than this, whatever a server grants.
        static let shortestRefresh: Duration = .milliseconds(500)

        /// Refreshed between three and four eighths of its time to live: not at once with the others.
        init(
            by server: IPv4Address,
            timeToLive: UInt32,
            at now: Duration,
            using generator: inout some RandomNumberGenerator
        ) {
            self.server = server
            // 0 stands for one without end.
            self.timeToLive = timeToLive == 0 ? UInt32.max : timeToLive
            let eighths = Duration.seconds(Int64(self.timeToLive)) / 8
            let share = eighths * 3 + eighths * Int.random(in: 0...1024, using: &generator) / 1024
            self.refresh = now + max(share, Self.shortestRefresh)
        }
    }

    /// The states of the drawing; `sent` counts how often the request went out.
    enum Phase: Hashable, Sendable {
        /// Nothing is asked: no server answers, or the name is another's.
        case idle
        /// A request that a server grants or refuses.
        case registering(Method, server: IPv4Address, transactionID: UInt16, sent: Int)
        /// The server named an owner, and left it to us to ask whether it still has the name.
        case challenging(server: IPv4Address, owner: IPv4Address, transactionID: UInt16, sent: Int)
        /// The server is asked who has the name.
        case confirming(Occasion, server: IPv4Address, transactionID: UInt16, sent: Int)
        /// Nothing to do until the refresh.
        case registered
        /// The name is taken back at a server.
        case releasing(server: IPv4Address, transactionID: UInt16, sent: Int)
    }

    /// How a server is asked to register.
    enum Method: Hashable, Sendable {
        /// An address beside others that may be ours too (Microsoft's multihomed registration).
        case multihomed
        /// The only address of a name, or one of a group's (§4.2.2); `holder` is the host that has the name so far.
        case single(holder: IPv4Address?)
        /// The only address, after the owner that the server named did not defend the name (§4.2.3).
        case overwrite
        /// The same as before (§4.2.4).
        case refresh
    }

    /// Why a server is asked who has a name.
    enum Occasion: Hashable, Sendable {
        /// It is to register the name.
        case registration
        /// It refused the name.
        case refused
        /// It is looked whether it still has the registration.
        case check
    }

    /// What the owner of the registration is to do after an event, beside sending where ``wantsToSend`` says so.
    enum Action: Hashable, Sendable {
        /// Nothing, until the deadline.
        case none
        /// The server has registered the name.
        case registered
        /// The name is another's, or the server does not want it; in the latter case the server is called its holder.
        case refused(holder: IPv4Address)
        /// The server did not answer a request that was first sent at a moment.
        case silent(server: IPv4Address, since: Duration)
        /// The server says that it cannot serve.
        case failed(server: IPv4Address)
        /// The server has forgotten a name that it had granted, and so may have forgotten others; it is registered again.
        case forgotten(server: IPv4Address)
        /// No server has the name any more.
        case released
    }

    /// A request of a registration, and whom it is for.
    struct Message: Hashable, Sendable {
        let destination: IPv4Address
        let transactionID: UInt16
        let kind: Kind

        /// What is asked.
        enum Kind: Hashable, Sendable {
            case register(Method)
            /// A name query; of a server that is to look the name up, or of a node that is to say what it has itself.
            case query(ofServer: Bool)
            case release
        }
    }
}

// MARK: - What it is

extension NameRegistration {
    /// The host that was asked and has not answered; `nil` while none was.
    var asked: (host: IPv4Address, transactionID: UInt16)? {
        switch self.phase {
        case .registering(_, let server, let id, let sent) where sent > 0: (server, id)
        case .confirming(_, let server, let id, let sent) where sent > 0: (server, id)
        case .releasing(let server, let id, let sent) where sent > 0: (server, id)
        case .challenging(_, let owner, let id, let sent) where sent > 0: (owner, id)
        case .registering, .confirming, .releasing, .challenging, .idle, .registered: nil
        }
    }

    /// Whether nothing is under way: the name is registered, or is not to be for now.
    var isSettled: Bool {
        switch self.phase {
        case .idle, .registered: true
        case .registering, .challenging, .confirming, .releasing: false
        }
    }

    /// Whether it is being taken back.
    var isReleasing: Bool { if case .releasing = self.phase { true } else { false } }
}
