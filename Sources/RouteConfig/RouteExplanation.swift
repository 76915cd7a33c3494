public import NetBIOS

/// Explains the route selection of a call, one sentence per step.
///
/// Uses ``AccessList/admits(_:)`` and ``RouteTable/select(_:arrivedOn:)``, as a session does.
public struct RouteExplanation: Hashable, Sendable {
    /// The called name.
    public let called: QualifiedName
    /// The selected route; `nil` if the call is refused before a route is found.
    public let route: Route?
    /// The refusal; `nil` if the call is accepted.
    public let refusal: SessionRefusal?
    /// The steps in order, each a full sentence.
    public let steps: [String]

    /// - Parameters:
    ///   - called: The called name.
    ///   - client: The client's address; `nil` skips `allow` and `deny`.
    ///   - local: The router's address that the client connects to; `nil` for one that no route has as `address`.
    ///   - table: The routes.
    public init(of called: QualifiedName, from client: IPv4Address?, to local: IPv4Address?, in table: RouteTable) {
        self.called = called
        let everybody = table.configuration.sessions.access
        if let client, !everybody.admits(client) {
            self.route = nil
            self.refusal = .notListeningForCallingName
            self.steps = [Self.sentence(client, everybody, of: "sessions")]
            return
        }
        switch table.select(called, arrivedOn: local ?? .any) {
        case .refuse(let refusal, let reason):
            self.route = nil
            self.refusal = refusal
            self.steps = [Self.sentence(reason, called, in: table)]
        case .route(let route, let reason):
            self.route = route
            var steps = [Self.sentence(reason, called, route)]
            if let client {
                let isAdmitted = route.access.admits(client)
                steps.append(Self.sentence(client, route.access, of: nil))
                self.refusal = isAdmitted ? nil : .notListeningForCallingName
                if isAdmitted { steps.append(Self.backendSentence(route)) }
            } else {
                if !route.access.isOpen {
                    steps.append("The route has `allow` or `deny`, which depend on the client: see `--from`.")
                }
                if !everybody.isOpen {
                    steps.append("`sessions` has `allow` or `deny`, which depend on the client: see `--from`.")
                }
                self.refusal = nil
                steps.append(Self.backendSentence(route))
            }
            self.steps = steps
        }
    }

    private static func sentence(_ reason: RouteSelection.Reason, _ called: QualifiedName, _ route: Route) -> String {
        switch reason {
        case .exactName:
            return "\(called) is a name of route \(route.name.text)."
        case .firstLabel(let label):
            return "No route has \(called), but its first label, \(label), is a name of route \(route.name.text)."
        case .address(let address):
            return "\(called.name) is a call by address, and route \(route.name.text) has the address \(address)."
        case .defaultRoute:
            return "\(called.name) is a call by address, and `default_route` sends those to \(route.name.text)."
        case .unknownName:
            return "No route has \(called), and `unknown_names: default` sends it to \(route.name.text)."
        }
    }

    private static func sentence(
        _ reason: RouteSelection.RefusalReason,
        _ called: QualifiedName,
        in table: RouteTable
    ) -> String {
        switch reason {
        case .noSuchName:
            let scopes = table.configuration.routes.filter { route in
                route.names.contains(called.name.with(.fileServer)) && route.scope != called.scope
            }.map { $0.scope.isEmpty ? "the empty scope" : "scope \($0.scope)" }
            guard let other = scopes.first else { return "No route has \(called)." }
            return "No route has \(called); there is one of that name in \(other)."
        case .otherSuffix:
            return "A route has the name of \(called), but not with the suffix <\(called.name.suffix)>."
        case .noDefaultRoute:
            return """
                \(called.name) is a call by address; no route has the address that is called, and there is no \
                `default_route`.
                """
        }
    }

    /// Describes the decision of an access list, which is that of `section`, or of the route if that is `nil`.
    private static func sentence(_ client: IPv4Address, _ access: AccessList, of section: String?) -> String {
        let place = section.map { "\($0)." } ?? ""
        if let network = access.deny.first(where: { $0.contains(client) }) {
            return "The client \(client) is in \(network), which `\(place)deny` lists."
        }
        guard let allow = access.allow else { return "The client \(client) is admitted, as every client is." }
        if let network = allow.first(where: { $0.contains(client) }) {
            return "The client \(client) is in \(network), which `\(place)allow` lists."
        }
        return "The client \(client) is in no network that `\(place)allow` lists."
    }

    private static func backendSentence(_ route: Route) -> String {
        let backends = route.backends.map(\.description)
        guard backends.count > 1 else { return "The backend is \(backends.joined())." }
        let list = backends.joined(separator: ", ")
        switch route.balance {
        case .failover: return "The backends are tried in this order: \(list)."
        case .roundRobin: return "The backends take turns, and the others are tried after it: \(list)."
        case .leastSessions: return "The backend with the fewest sessions is tried first, of \(list)."
        }
    }
}
