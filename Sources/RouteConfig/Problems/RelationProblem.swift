/// A contradiction between values of a configuration.
public enum RelationProblem: Hashable, Sendable {
    /// Another route in the same scope has the name with one of the same suffixes.
    case duplicateName(String, scope: String)
    /// The name with suffix <00> is that of the workgroup.
    case nameIsWorkgroup(String)
    /// An alias that duplicates a name of its route.
    case redundantAlias(String)
    case unknownDefaultRoute(String, suggestion: String?)
    /// Several scopes have the name, but not the empty scope.
    case ambiguousDefaultRoute(String, scopes: [String])
    /// `unknown_names: default` without a default route.
    case missingDefaultRoute
    /// Another route takes the calls by address before the default route.
    case defaultRouteShadowed(String, by: String)
    /// A backend that is one of the router's own listeners; the listener.
    case backendIsSelf(String, listener: String)
    /// A node type that needs WINS servers, without any.
    case winsMissing(nodeType: String)
    case winsUnused
    /// `announce` without a workgroup.
    case announceWithoutWorkgroup
    /// The same UDP port for names and datagrams.
    case portTwice(UInt16)
    /// Health checks a second of so many backends; an interval that is enough for all of them.
    case manyHealthChecks(Int, backends: Int, enough: Duration)
    /// Nobody of an `allow` entry may call.
    case allowCoveredByDeny(String)

    var wording: Wording {
        switch self {
        case .duplicateName(let name, let scope):
            Wording(
                .duplicateName,
                "\(name.quoted) is already a name of another route\(scope.isEmpty ? "" : " in the scope \(scope.quoted)")",
                help: "remove one of them, or give them different scopes or suffixes"
            )
        case .nameIsWorkgroup(let name):
            Wording(
                .duplicateName,
                "\(name.quoted) with the suffix 0x00 is already the name of the workgroup",
                help: "set `names.workgroup` to another name or `none`, or write `suffixes: [0x20]`"
            )
        case .redundantAlias(let name):
            Wording(
                .redundantAlias,
                "the route already has the name \(name.quoted), the alias is ignored",
                help: "remove the alias"
            )
        case .unknownDefaultRoute(let name, let suggestion):
            Wording(
                .unknownDefaultRoute,
                "no route has the name \(name.quoted)",
                help: suggestion.map { "did you mean \($0.quoted)?" }
                    ?? "write the `name` or an alias of a route, or `none`"
            )
        case .ambiguousDefaultRoute(let name, let scopes):
            Wording(
                .ambiguousDefaultRoute,
                "\(name.quoted) is a name in \(scopes.count) scopes: \(scopes.prefix(3).map(\.quoted).joined(separator: ", "))",
                help: "give the intended route a unique alias, and write that here"
            )
        case .missingDefaultRoute:
            Wording(
                .missingDefaultRoute,
                "`unknown_names: default` requires a `default_route`",
                help: "add `default_route: NAME`, or write `unknown_names: reject`"
            )
        case .defaultRouteShadowed(let name, let other):
            Wording(
                .defaultRouteShadowed,
                "calls by address never reach the default route \(name.quoted): the `address` of \(other.quoted) takes them",
                help: "name \(other.quoted) as `default_route`, or change its `address`"
            )
        case .backendIsSelf(let backend, let listener):
            Wording(
                .backendIsSelf,
                "the backend \(backend.quoted) is this router itself (\(listener))",
                help: "write the address of the server; direct SMB is on port 445, not 139"
            )
        case .winsMissing(let nodeType):
            Wording(
                .winsMissing,
                "the node type \(nodeType.quoted) requires a WINS server, and `wins_servers` is empty",
                help: "add `wins_servers: [ADDRESS]`, or write `node_type: broadcast`"
            )
        case .winsUnused:
            Wording(
                .winsUnused,
                "the node type `broadcast` does not use `wins_servers`",
                help: "write `node_type: hybrid`, or remove `wins_servers`"
            )
        case .announceWithoutWorkgroup:
            Wording(
                .announceWithoutWorkgroup,
                "`announce` requires a workgroup, and `workgroup` is `none`",
                help: "write the `workgroup` of the clients, or remove `announce`"
            )
        case .portTwice(let port):
            Wording(
                .portTwice,
                "UDP port \(port) is both `name_port` and `datagram_port`, and `announce` requires two ports",
                help: "the usual ones are 137 and 138; give one of the keys another port"
            )
        case .manyHealthChecks(let rate, let backends, let enough):
            Wording(
                .manyHealthChecks,
                "the health checks of \(backends.of("backend")) are \(rate) a second in all",
                help: "write longer intervals: with \(DurationText.text(enough).quoted) for all of them "
                    + "they stay below \(HealthCheckLoad.limit) a second"
            )
        case .allowCoveredByDeny(let network):
            Wording(
                .allowCoveredByDeny,
                "`allow` does not admit \(network.quoted): `deny` covers all of it",
                help: "remove it, or make the `deny` entry smaller"
            )
        }
    }
}
