/// Log messages that tests assert, each pinned here alone.
enum LogMessage {
    static let acceptFailed = "cannot accept connections, retrying in 1s"
    static let clientRefused = "backend refused a client that speaks SMB1 only"
    static let clientSourceUnavailable = "cannot start: cannot use client source addresses"
    static let connectionFailed = "cannot connect to backend"
    static let descriptorLimit = "open file limit is too low for max_sessions"
    static let interfacesUnavailable = "cannot list the interfaces"
    static let listenerReopened = "listener reopened after unexpected close"
    static let nameServerSilent = "name server does not respond"
    static let nameSocketFailed = "cannot bind a socket of the name service"
    static let networkLost = "network no longer in use"
}
