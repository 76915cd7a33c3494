public import NetBIOS

/// An immutable table of the routes by called name; a reload makes a new one.
public final class RouteTable: Sendable {
    public let configuration: RouterConfiguration
    private let byCalledName: [QualifiedName: Route]
    /// Routes by name with suffix <20>, which distinguishes a wrong suffix from an unknown name.
    private let byName: [QualifiedName: Route]
    private let byAddress: [IPv4Address: Route]
    private let defaultRoute: Route?

    /// - Precondition: `configuration` comes from ``ConfigurationReader``, which refuses duplicate names; of duplicates
    ///   the first would take the calls.
    public init(_ configuration: RouterConfiguration) {
        self.configuration = configuration
        var byCalledName: [QualifiedName: Route] = [:]
        var byName: [QualifiedName: Route] = [:]
        var byAddress: [IPv4Address: Route] = [:]
        for route in configuration.routes {
            for called in route.calledNames where byCalledName[called] == nil { byCalledName[called] = route }
            for name in route.names {
                let key = QualifiedName(name.with(.fileServer), scope: route.scope)
                if byName[key] == nil { byName[key] = route }
            }
            if let address = route.address, byAddress[address] == nil { byAddress[address] = route }
        }
        self.byCalledName = byCalledName
        self.byName = byName
        self.byAddress = byAddress
        self.defaultRoute = configuration.defaultRoute.flatMap { id in configuration.routes.first { $0.id == id } }
    }

    /// Selects the route of a call.
    ///
    /// - Parameters:
    ///   - called: The called name of the session request.
    ///   - local: The local address of the connection; evaluated only if the name does not decide.
    /// - Returns: The route and the reason, or the refusal.
    public func select(_ called: QualifiedName, arrivedOn local: @autoclosure () -> IPv4Address) -> RouteSelection {
        if let route = self.byCalledName[called] { return .route(route, .exactName) }
        let local = local()
        if called.name.isCallByAddress(to: local) {
            if let route = self.byAddress[local] { return .route(route, .address(local)) }
            if let route = self.defaultRoute { return .route(route, .defaultRoute) }
            return .refuse(.calledNameNotPresent, .noDefaultRoute)
        }
        if let label = called.name.firstLabel,
            let route = self.byCalledName[QualifiedName(label, scope: called.scope)]
        {
            return .route(route, .firstLabel(label))
        }
        let anySuffix = [called.name, called.name.firstLabel].compactMap { $0?.with(.fileServer) }
        if anySuffix.contains(where: { self.byName[QualifiedName($0, scope: called.scope)] != nil }) {
            return .refuse(.notListeningOnCalledName, .otherSuffix)
        }
        if self.configuration.sessions.unknownNames == .defaultRoute, let route = self.defaultRoute {
            return .route(route, .unknownName)
        }
        return .refuse(.calledNameNotPresent, .noSuchName)
    }
}

/// The result of ``RouteTable/select(_:arrivedOn:)``.
public enum RouteSelection: Hashable, Sendable {
    case route(Route, Reason)
    case refuse(SessionRefusal, RefusalReason)

    /// The reason why a route takes a call.
    public enum Reason: Hashable, Sendable {
        /// The called name, suffix and scope belong to the route.
        case exactName
        /// The called name has a dot, and its first label is one of the route's names.
        case firstLabel(NetBIOSName)
        /// A call by address to the route's `address`.
        case address(IPv4Address)
        /// A call by address that the default route takes.
        case defaultRoute
        /// No route has the name, and `unknown_names: default` sends it to the default route.
        case unknownName
    }

    /// The reason why no route takes a call.
    public enum RefusalReason: Hashable, Sendable {
        case noSuchName
        case otherSuffix
        case noDefaultRoute
    }
}
