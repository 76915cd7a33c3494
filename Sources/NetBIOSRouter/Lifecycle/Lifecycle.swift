/// The phase of a router, with the resources of that phase.
///
/// ```text
/// starting ──▶ serving ──▶ stopping ──▶ stopped
///               │   ▲
///               └───┘ reload
/// ```
enum Lifecycle {
    case starting
    case serving(Serving)
    /// The listeners are closed; sessions drain, and names are released.
    case stopping(Stopping)
    case stopped

    /// The resources of a router that serves. Confined to the ``RouterService``.
    final class Serving {
        let listeners: SessionListeners
        let names: NameServer
        var healthChecks: HealthChecks
        /// The last change of configuration, which the stop waits for.
        var transaction: Task<ReloadOutcome.Changes, any Error>?
        /// The participants of reloads, in the order of preparation.
        let participants: [any ReloadParticipant]

        /// - Parameters:
        ///   - listeners: The listeners of sessions.
        ///   - names: The name service.
        ///   - healthChecks: The active checks.
        ///   - operators: The listeners for operators, prepared first: they detect another router of this host.
        init(
            listeners: SessionListeners,
            names: NameServer,
            healthChecks: HealthChecks,
            operators: [any ReloadParticipant]
        ) {
            self.listeners = listeners
            self.names = names
            self.healthChecks = healthChecks
            self.participants = operators + [listeners, names]
        }
    }

    /// The resources of a router that stops.
    struct Stopping {
        let names: NameServer
    }

    /// The resources of a router that serves; `nil` in another phase.
    var serving: Serving? {
        if case .serving(let serving) = self { serving } else { nil }
    }

    /// The name server, if the phase has one.
    var names: NameServer? {
        switch self {
        case .serving(let serving): serving.names
        case .stopping(let stopping): stopping.names
        case .starting, .stopped: nil
        }
    }
}
