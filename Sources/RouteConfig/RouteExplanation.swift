public import NetBIOS

/// Why a call goes where it goes: the steps of the selection, each in one sentence.
///
/// It takes the same path as a session, through ``AccessList/admits(_:)`` and ``RouteTable/select(_:arrivedOn:)``, and only puts
/// it into words.
public struct RouteExplanation: Hashable, Sendable {
    /// The name that is called.
    public let called: QualifiedName
    /// The route that takes the call; `nil` when it is refused before one is found.
    public let route: Route?
    /// The code that the call is refused with; `nil` when it is taken.
    public let refusal: SessionRefusal?
    /// One sentence for each step, in order, each with a capital and a full stop.
    public let steps: [String]

    /// - Parameters:
    ///   - called: The name that is called.
    ///   - client: The address that the client calls from; `nil` leaves `allow` and `deny` out.
    ///   - local: The router's address that it calls; `nil` for one that no route has for itself.
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

    /// What a list says of a client; the list is the route's where it is of no `section`.
    private static func sentence(_ client: IPv4Address, _ access: AccessList, of section: String?) -> String {
        let place = section.map { "\($0)." } ?? ""
        if let network = access.deny.first(where: { $0.contains(client) }) {
            return "The client \(client) is in \(network), which `\(place)deny` lists."
        }
        guard let allow = access.allow else { return "The client \(client) is admitted, as all are." }
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
        case .roundRobin: return "The backends take turns, and the others are tried behind: \(list)."
        case .leastSessions: return "The backend with the fewest sessions is tried first, of \(list)."
        }
    }
}
