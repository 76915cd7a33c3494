import RouteConfig

/// One route, to append to a case.
private let route = "routes: [{name: A, backend: b}]\n"

/// Distinct hosts, as a list has them.
private func hosts(_ range: ClosedRange<Int>) -> String { range.map { "host\($0)" }.joined(separator: ", ") }

extension DiagnosticCase {
    /// Cases of contradictions between values.
    static let relations: [DiagnosticCase] = [
        .init(
            .duplicateName,
            "routes:\n  - {name: ②A, backend: b}\n  - {name: C, aliases: [D, ①a], backend: b}\n",
            at: "a",
            "`A` is already a name of another route",
            help: "remove one of them, or give them different scopes or suffixes",
            related: ("A", "first written here")
        ),
        .init(
            .duplicateName,
            "routes:\n  - {name: ②A, backend: b, scope: x.y}\n  - {name: ①A, backend: b, scope: X.Y, suffixes: 0x00}\n",
            at: "A",
            "`A` is already a name of another route in the scope `X.Y`",
            help: "remove one of them, or give them different scopes or suffixes",
            related: ("A", "first written here")
        ),
        .init(
            .duplicateName,
            "names: {workgroup: ②SITE}\nroutes:\n  - {name: ①site, backend: b}\n",
            at: "site",
            "`SITE` with the suffix 0x00 is already the name of the workgroup",
            help: "set `names.workgroup` to another name or `none`, or write `suffixes: [0x20]`",
            related: ("SITE", "the workgroup is here")
        ),
        .init(
            .redundantAlias,
            "routes:\n  - {name: ②A, aliases: [①a], backend: b}\n",
            at: "a",
            "the route already has the name `A`, the alias is ignored",
            help: "remove the alias",
            related: ("A", "the name is here")
        ),
        .init(
            .unknownDefaultRoute,
            "default_route: ①XYKON-3\nroutes:\n  - {name: XYKON-2, backend: b}\n",
            at: "XYKON-3",
            "no route has the name `XYKON-3`",
            help: "did you mean `XYKON-2`?"
        ),
        .init(
            .ambiguousDefaultRoute,
            "default_route: ①A\nroutes:\n  - {name: ②A, backend: b, scope: x}\n  - {name: A, backend: b, scope: y}\n",
            at: "A",
            "`A` is a name in 2 scopes: `x`, `y`",
            help: "give the intended route a unique alias, and write that here",
            related: ("A", "a route in one of them")
        ),
        .init(
            .missingDefaultRoute,
            "sessions: {unknown_names: ①default}\n" + route,
            at: "default",
            "`unknown_names: default` requires a `default_route`",
            help: "add `default_route: NAME`, or write `unknown_names: reject`"
        ),
        .init(
            .defaultRouteShadowed,
            """
            listen: {addresses: [192.0.2.50]}
            default_route: ①A
            routes:
              - {name: A, backend: b}
              - {name: B, backend: b, address: ②192.0.2.50}
            """,
            at: "A",
            "calls by address never reach the default route `A`: the `address` of `B` takes them",
            help: "name `B` as `default_route`, or change its `address`",
            related: ("192.0.2.50", "takes the calls that arrive on it")
        ),
        .init(
            .backendIsSelf,
            "routes:\n  - {name: A, backend: ①127.0.0.2:139}\n",
            at: "127.0.0.2:139",
            "the backend `127.0.0.2:139` is this router itself (`listen`, port 139)",
            help: "write the address of the server; direct SMB is on port 445, not 139"
        ),
        .init(
            .backendIsSelf,
            "routes:\n  - {name: A, backend: ①localhost:139}\n",
            at: "localhost:139",
            "the backend `localhost:139` is this router itself (`listen`, port 139)",
            help: "write the address of the server; direct SMB is on port 445, not 139"
        ),
        .init(
            .backendIsSelf,
            "listen: {addresses: 192.0.2.1, session_port: 445}\nroutes:\n  - {name: A, backend: ①192.0.2.1}\n",
            at: "192.0.2.1",
            "the backend `192.0.2.1:445` is this router itself (`listen`, port 445)",
            help: "write the address of the server; direct SMB is on port 445, not 139"
        ),
        .init(
            .backendIsSelf,
            "routes:\n  - {name: A, backend: b, address: 192.0.2.9}\n  - {name: C, backends: [b, ①192.0.2.9:139]}\n",
            at: "192.0.2.9:139",
            "the backend `192.0.2.9:139` is this router itself (a route's `address`, port 139)",
            help: "write the address of the server; direct SMB is on port 445, not 139"
        ),
        .init(
            .winsMissing,
            "names: {node_type: ①mixed}\n" + route,
            at: "mixed",
            "the node type `mixed` requires a WINS server, and `wins_servers` is empty",
            help: "add `wins_servers: [ADDRESS]`, or write `node_type: broadcast`"
        ),
        .init(
            .winsUnused,
            "names: {wins_servers: ①[192.0.2.1]}\n" + route,
            at: "[192.0.2.1]",
            "the node type `broadcast` does not use `wins_servers`",
            help: "write `node_type: hybrid`, or remove `wins_servers`"
        ),
        .init(
            .announceWithoutWorkgroup,
            "names: {workgroup: ②none, announce: ①true}\n" + route,
            at: "true",
            "`announce` requires a workgroup, and `workgroup` is `none`",
            help: "write the `workgroup` of the clients, or remove `announce`",
            related: ("none", "there is no workgroup")
        ),
        .init(
            .portTwice,
            "listen: {name_port: ①138}\nnames: {announce: true}\n" + route,
            at: "138",
            "UDP port 138 is both `name_port` and `datagram_port`, and `announce` requires two ports",
            help: "the usual ones are 137 and 138; give one of the keys another port"
        ),
        .init(
            .portTwice,
            "listen: {name_port: ②10137, datagram_port: ①10137}\nnames: {announce: true}\n" + route,
            at: "10137",
            "UDP port 10137 is both `name_port` and `datagram_port`, and `announce` requires two ports",
            help: "the usual ones are 137 and 138; give one of the keys another port",
            related: ("10137", "the other one is here")
        ),
        .init(
            .manyHealthChecks,
            "routes:\n  - {name: A, backends: [\(hosts(1...36))], health_check: tcp, health_interval: 1s}\n"
                + "  - {name: B, backends: [\(hosts(1...50))], health_check: smb, health_interval: ①100ms}\n"
                + "  - {name: C, backends: [\(hosts(51...100))], health_check: tcp, health_interval: 100ms}\n",
            at: "100ms",
            "the health checks of 100 backends are 1000 a second in all",
            help: "write longer intervals: with `1s` for all of them they stay below 1000 a second"
        ),
        .init(
            .allowCoveredByDeny,
            "routes:\n  - {name: A, backend: b, allow: [10.0.0.0/8, ①192.0.2.7], deny: [②192.0.2.0/24]}\n",
            at: "192.0.2.7",
            "`allow` does not admit `192.0.2.7/32`: `deny` covers all of it",
            help: "remove it, or make the `deny` entry smaller",
            related: ("192.0.2.0/24", "denied here")
        ),
        .init(
            .allowCoveredByDeny,
            "routes:\n  - {name: A, backend: b, allow: [①10.0.0.0/8], deny: [②10.128.0.0/9, 10.0.0.0/9]}\n",
            at: "10.0.0.0/8",
            "`allow` does not admit `10.0.0.0/8`: `deny` covers all of it",
            help: "remove it, or make the `deny` entry smaller",
            related: ("10.128.0.0/9", "denied here")
        ),
        .init(
            .allowCoveredByDeny,
            "sessions: {allow: [10.0.0.0/8, ①192.0.2.7], deny: [②192.0.2.0/24]}\n" + route,
            at: "192.0.2.7",
            "`allow` does not admit `192.0.2.7/32`: `deny` covers all of it",
            help: "remove it, or make the `deny` entry smaller",
            related: ("192.0.2.0/24", "denied here")
        ),
        .init(
            .allowCoveredByDeny,
            "sessions: {deny: [10.128.0.0/9]}\nroutes: [{name: A, backend: b, allow: [①10.0.0.0/8], deny: [②10.0.0.0/9]}]\n",
            at: "10.0.0.0/8",
            "`allow` does not admit `10.0.0.0/8`: `deny` covers all of it",
            help: "remove it, or make the `deny` entry smaller",
            related: ("10.0.0.0/9", "denied here")
        ),
    ]
}
