import NetBIOS
import NetBIOSRouter
import RouteConfig

/// The metrics of a router; nbrouter-api(5), METRICS, lists them. Labels come from the configuration, never from the wire.
struct Metrics {
    private let router: RouterSnapshot
    private let version: RouterVersion
    private let lastReload: RouterSnapshot.LastReload

    /// Makes the metrics; `nil` before the router has started.
    ///
    /// - Parameters:
    ///   - router: A snapshot of the router.
    ///   - version: The version to report.
    init?(_ router: RouterSnapshot, version: RouterVersion) {
        guard let lastReload = router.lastReload else { return nil }
        self.router = router
        self.version = version
        self.lastReload = lastReload
    }

    /// All of them. Takes time for each route, name and backend.
    var text: ChunkedText {
        var text = MetricsText()
        self.addConfiguration(to: &text)
        self.addSessions(to: &text)
        self.addBackends(to: &text)
        self.addNames(to: &text)
        return text.text
    }

    private func addConfiguration(to text: inout MetricsText) {
        text.add(
            "nbrouter_build_info",
            .gauge,
            "Constant 1, labelled with the version and commit of the router.",
            [.init([("version", self.version.number), ("commit", self.version.commit ?? "")], 1)]
        )
        text.add("nbrouter_uptime_seconds", .gauge, "Seconds since the start.", self.router.uptime / .seconds(1))
        text.add(
            "nbrouter_config_generation",
            .gauge,
            "Configurations put in force since the start.",
            Double(self.router.generation)
        )
        text.add(
            "nbrouter_config_last_reload_successful",
            .gauge,
            "Whether the last load of the configuration succeeded, at the start or at a reload.",
            self.lastReload.ok ? 1 : 0
        )
        text.add(
            "nbrouter_config_last_reload_success_timestamp_seconds",
            .gauge,
            "Unix time at which the configuration in force was put in force.",
            Double(self.router.lastSuccess.milliseconds) / 1000
        )
    }

    private func addSessions(to text: inout MetricsText) {
        let counters = self.router.counters
        let formerSessions = self.router.formerSessions.sorted { "\($0.key)" < "\($1.key)" }
        let sessions =
            zip(self.router.routeIDs, self.router.routes).map { ($0, $1.sessions) }
            + formerSessions.map { ($0.key, $0.value) }
        text.add(
            "nbrouter_sessions",
            .gauge,
            "Sessions now.",
            sessions.lazy.map { .init(Self.labels(of: $0), $1) }
        )
        text.add(
            "nbrouter_connections_pending",
            .gauge,
            "Connections that have not sent a complete session request.",
            Double(self.router.sessions.pending)
        )
        // Routes in force, in file order, then routes that a reload removed.
        let configured = self.router.routeIDs
        let others = Set(counters.routes.keys).subtracting(configured).sorted { "\($0)" < "\($1)" }
        let routes = (configured + others).map { ($0, counters.routes[$0] ?? CounterSnapshot.OfRoute()) }
        let ends: [(Route.ID?, [SessionEnd: Int])] =
            routes.map { ($0, $1.ends) } + [(nil, counters.withoutRoute)]
        text.add(
            "nbrouter_sessions_total",
            .counter,
            "Sessions that are over, by how they ended; those without a route have an empty one.",
            ends.lazy.flatMap { id, ends in Self.samples(id.map(Self.labels) ?? [("route", "")], ends) }
        )
        text.add(
            "nbrouter_session_bytes_total",
            .counter,
            "Bytes that sessions carried: in from clients, out from backends.",
            routes.lazy.flatMap { id, route -> [MetricsText.Sample] in
                let labels = Self.labels(of: id)
                return [
                    .init(labels + [("direction", "in")], route.bytesIn),
                    .init(labels + [("direction", "out")], route.bytesOut),
                ]
            }
        )
        text.add(
            "nbrouter_session_refusals_total",
            .counter,
            "Refused session requests by RFC 1002 error code.",
            SessionRefusal.allCases.map { .init([("code", $0.codeText)], counters.refusals[$0] ?? 0) }
        )
        text.add(
            "nbrouter_limit_reached_total",
            .counter,
            "Connections and sessions that reached a limit.",
            SessionLimit.allCases.map { .init([("limit", $0.setting)], counters.limits[$0] ?? 0) }
        )
    }

    private func addBackends(to text: inout MetricsText) {
        let down = Set(self.router.backends.filter(\.isDown).map(\.backend))
        text.add(
            "nbrouter_backend_up",
            .gauge,
            "Whether the last session or check that tried the backend reached it; 1 before the first.",
            zip(self.router.routeIDs, self.router.routes).lazy.flatMap { id, route in
                route.backends.map { backend in
                    MetricsText.Sample(
                        Self.labels(of: id) + [("backend", "\(backend)")],
                        down.contains(backend) ? 0 : 1
                    )
                }
            }
        )
        text.add(
            "nbrouter_backend_draining",
            .gauge,
            "Whether the operator gives the backend no new sessions.",
            self.router.backends.lazy.map { .init([("backend", "\($0.backend)")], $0.state == .draining ? 1 : 0) }
        )
        let configured = Set(self.router.backends.map(\.backend))
        text.add(
            histogram: "nbrouter_backend_connect_seconds",
            "Time to connect to a backend, successful attempts only.",
            self.router.counters.connectTimes.filter { configured.contains($0.key) }
                .sorted { "\($0.key)" < "\($1.key)" }.lazy
                .map { backend, times in
                    .init(
                        labels: [("backend", "\(backend)")],
                        bounds: ConnectTimes.bounds.map { $0 / 1000 },
                        counts: times.counts,
                        sum: times.sum / 1000
                    )
                }
        )
    }

    private func addNames(to text: inout MetricsText) {
        let names = self.router.nameService
        text.add(
            "nbrouter_name_packets_total",
            .counter,
            "Name service packets by kind and result.",
            NameServiceCounters.Kind.allCases.flatMap { kind in
                NameServiceCounters.Outcome.allCases.map { outcome in
                    .init([("kind", kind.rawValue), ("result", outcome.rawValue)], names.counters[kind, outcome])
                }
            }
        )
        var byName: [String: (name: String, scope: String, states: [NameSnapshot.State: Int])] = [:]
        for name in names.names {
            byName["\(name.name)\u{0}\(name.scope)", default: (name.name, name.scope, [:])]
                .states[name.state, default: 0] += 1
        }
        text.add(
            "nbrouter_name_state",
            .gauge,
            "On how many networks, and with how many suffixes, a name is in a state.",
            byName.sorted { $0.key < $1.key }.lazy.flatMap { _, name in
                NameSnapshot.State.allCases.map { state in
                    .init(
                        [("name", name.name), ("scope", name.scope), ("state", state.rawValue)],
                        name.states[state] ?? 0
                    )
                }
            }
        )
        text.add(
            "nbrouter_name_conflicts_total",
            .counter,
            "Times that another host was found to hold a name.",
            Double(names.conflicts)
        )
    }

    /// Returns a route's labels; `scope` is left out if empty.
    private static func labels(of route: Route.ID) -> [(name: String, value: String)] {
        let name = [("route", route.name.text)]
        return route.scope.isEmpty ? name : name + [("scope", "\(route.scope)")]
    }

    private static func samples(_ labels: [(name: String, value: String)], _ ends: [SessionEnd: Int])
        -> [MetricsText.Sample]
    {
        ends.map { ("\($0.key)", $0.value) }.sorted { $0.0 < $1.0 }.map { .init(labels + [("end", $0.0)], $0.1) }
    }
}

extension SessionRefusal {
    /// The code as in the log: `82`.
    var codeText: String { String(self.rawValue, radix: 16, uppercase: true) }
}
