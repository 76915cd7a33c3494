import NetBIOS

extension KeyTable {
    /// The keys of a route.
    static let route = KeyRows<RouteDraft>(
        .entry(
            of: "routes",
            "route",
            requires: .oneOf(["backend", "backends"]),
            help: "write `- name: NAME`, and `backend: HOST` on the line below it, indented alike"
        ),
        [
            .value(
                "routes.name",
                .name(.fileServer),
                default: .required,
                "NetBIOS name of 1 to 15 bytes that clients call; upper-cased.",
                located: \.name
            )
            .ifList("for several names write the others as `aliases: [A, B]`")
            .checked { _, values, route in route.nameText = values["name"]?.value.text },
            .list(
                "routes.aliases",
                of: .name(.fileServer),
                keepsDuplicates: true,
                default: "[]",
                "More names for the same backends.",
                located: \.aliases
            )
            .checked { reader, _, route in reader.dropRedundantAliases(of: &route) },
            .value(
                "routes.scope",
                .scope,
                default: .meaning("the empty scope"),
                "NetBIOS scope of the names; the empty scope unless given.",
                \.route.scope
            ),
            .list(
                "routes.suffixes",
                of: .suffix,
                count: 1...Int.max,
                default: "[0x20, 0x00]",
                "Sixteenth bytes under which the names are advertised and answered.",
                \.route.suffixes
            )
            .ifEmpty("write `[0x20]` for the file server alone, or remove the key"),
            .value(
                "routes.backend",
                .backend,
                default: .unspecified,
                "Server that takes the sessions: HOST, HOST:PORT or [IPv6]:PORT; the port is 445 unless given.",
                located: \.backend
            )
            .ifList(
                "for several servers write `backends: [A, B]`; an IPv6 address goes between quotes: `\"[2001:db8::1]:445\"`"
            ),
            .list(
                "routes.backends",
                of: .backend,
                count: 1...Route.maximumBackends,
                default: .unspecified,
                "Several servers instead of `backend`, in order of preference.",
                located: \.backends
            )
            .checked { reader, values, route in reader.checkBackends(of: route, values) },
            .value(
                "routes.balance",
                .words,
                default: "failover",
                "Order in which the backends are tried.",
                \.route.balance
            ),
            .value(
                "routes.address",
                .address,
                default: .meaning("none"),
                "Address that is advertised instead of the interface's own; calls to *SMBSERVER that arrive on it take this route.",
                located: \.address
            ),
            .value(
                "routes.health_check",
                .words,
                default: "none",
                "Active health checks of the backends.",
                \.route.healthCheck
            ),
            .value(
                "routes.health_interval",
                .duration(minimum: .milliseconds(100)),
                default: "10s",
                "Time between two checks of a backend.",
                located: \.healthInterval
            ),
            .value(
                "routes.source",
                .words,
                default: "router",
                "Source address of connections to the backend: the router's or the client's (IP_TRANSPARENT).",
                \.route.source
            ),
            .list(
                "routes.allow",
                of: .network,
                count: 1...Int.max,
                default: .meaning("everyone"),
                "Client addresses that may open sessions; all unless given.",
                located: \.access.allow
            )
            .ifEmpty("an empty list refuses every client; remove `allow` to admit all, or list the clients"),
            .list(
                "routes.deny",
                of: .network,
                default: "[]",
                "Client addresses that may not open sessions; takes precedence over `allow`.",
                located: \.access.deny
            ),
            .value(
                "routes.max_sessions",
                .optional(.count(maximum: maximumSessions)),
                default: "none",
                "Maximum concurrent sessions of this route.",
                \.route.maxSessions
            ),
            .value(
                "routes.on_remove",
                .words,
                default: "keep",
                "Effect of a reload that removes or changes the route on its sessions.",
                \.route.onRemove
            ),
        ]
    )
}
