/// What values of a configuration say against each other.
public enum RelationProblem: Hashable, Sendable {
    /// Another route has the name, with one of the same suffixes, in the same scope.
    case duplicateName(String, scope: String)
    /// The name and <00> are the workgroup's.
    case nameIsWorkgroup(String)
    /// An alias that the same route has already.
    case redundantAlias(String)
    case unknownDefaultRoute(String, suggestion: String?)
    /// Several scopes have the name, and the empty one has not.
    case ambiguousDefaultRoute(String, scopes: [String])
    /// `unknown_names: default` without a route to send them to.
    case missingDefaultRoute
    /// Calls by address go to another route before they come to the default route.
    case defaultRouteShadowed(String, by: String)
    /// A backend that is one of the router's own listeners; which one.
    case backendIsSelf(String, listener: String)
    /// A node type that needs name servers, without any.
    case winsMissing(nodeType: String)
    case winsUnused
    /// Names are announced to the browsers of a workgroup, and there is none.
    case announceWithoutWorkgroup
    /// Both ports of UDP are one.
    case portTwice(UInt16)
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
                "the route has the name \(name.quoted) already, and the alias is ignored",
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
                help: "give the route that is meant an alias of its own, and write that here"
            )
        case .missingDefaultRoute:
            Wording(
                .missingDefaultRoute,
                "`unknown_names: default` needs a `default_route`, and there is none",
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
                "the node type \(nodeType.quoted) needs a WINS server, and `wins_servers` names none",
                help: "add `wins_servers: [ADDRESS]`, or write `node_type: broadcast`"
            )
        case .winsUnused:
            Wording(
                .winsUnused,
                "`wins_servers` are not used by the node type `broadcast`",
                help: "write `node_type: hybrid`, or remove `wins_servers`"
            )
        case .announceWithoutWorkgroup:
            Wording(
                .announceWithoutWorkgroup,
                "names are announced to the browsers of a workgroup, and `workgroup` is `none`",
                help: "write the `workgroup` of the clients, or remove `announce`"
            )
        case .portTwice(let port):
            Wording(
                .portTwice,
                "the UDP port \(port) is `name_port` and `datagram_port`, and `announce` needs both",
                help: "the usual ones are 137 and 138; give one of the keys another port"
            )
        case .allowCoveredByDeny(let network):
            Wording(
                .allowCoveredByDeny,
                "nobody in \(network.quoted) may call: `deny` covers all of it",
                help: "remove it, or make the `deny` entry smaller"
            )
        }
    }
}
