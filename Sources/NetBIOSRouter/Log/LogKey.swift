/// The metadata keys of the router's log, in output order.
///
/// nbrouter-api(5) lists them; a key that is added here is added there.
public enum LogKey: String, CaseIterable, Sendable {
    // A session, from its first line to its last.
    case id, client, calling, called, name, scope, route, backend, attempts
    case requestMilliseconds = "request_ms"
    case connectMilliseconds = "connect_ms"
    case durationMilliseconds = "duration_ms"
    case bytesIn = "bytes_in"
    case bytesOut = "bytes_out"
    case dialect
    case end
    // A name, after its `name` and `scope`.
    case interface, address, holder, server
    // A reload.
    case generation
    case routesAdded = "routes_added"
    case routesRemoved = "routes_removed"
    case routesChanged = "routes_changed"
    case namesClaimed = "names_claimed"
    case namesReleased = "names_released"
    case sessionsKept = "sessions_kept"
    // Any line.
    case code, file, listener, setting, routes, names, sessions, errors, warnings, count, suppressed, reason, remedy
}

extension LogKey {
    /// Whether the values are numbers, which JSON writes without quotes.
    public var isNumber: Bool {
        switch self {
        case .attempts, .requestMilliseconds, .connectMilliseconds, .durationMilliseconds, .bytesIn, .bytesOut,
            .generation, .routesAdded, .routesRemoved, .routesChanged, .namesClaimed, .namesReleased, .sessionsKept,
            .routes, .names, .sessions, .errors, .warnings, .count, .suppressed:
            true
        case .id, .client, .calling, .called, .scope, .route, .backend, .dialect, .end, .name, .interface, .address,
            .holder, .server, .code, .file, .listener, .setting, .reason, .remedy:
            false
        }
    }
}
