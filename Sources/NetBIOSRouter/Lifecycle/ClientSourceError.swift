import Glibc
public import Logging
import Sockets
import SystemPackage
import NetBIOS
public import RouteConfig

/// The process lacks the ability to use client addresses, which a route with `source: client` requires.
public struct ClientSourceError: LifecycleError {
    /// The first route with `source: client`.
    public let route: String
    /// The system's error.
    public let reason: String
    /// Whether the error is EPERM: the capability is missing. Otherwise the kernel lacks support.
    public let isPermissionDenied: Bool
    public let remedy = """
        this takes the capability CAP_NET_RAW: with systemd, add it to AmbientCapabilities= and CapabilityBoundingSet= of \
        the unit; without, `setcap cap_net_bind_service,cap_net_raw=+ep` on the binary; see nbrouter-guide(7), \
        Client addresses at the backend
        """

    public var metadata: Logger.Metadata {
        Logger.Metadata([
            .route: self.route, .setting: "routes.source", .reason: self.reason, .remedy: self.remedy,
        ])
    }

    public var summary: String {
        "cannot use client source addresses for `source: client` of \(self.route): \(self.reason)"
    }
}

extension RouterConfiguration {
    /// Tests the ability that `source: client` requires; `nil` if present or not required.
    public func clientSourceProblem() -> ClientSourceError? {
        guard let route = self.routes.first(where: { $0.source == .client }) else { return nil }
        do throws(SystemCallError) {
            let descriptor = try TCPSocket.make(AF_INET)
            try SocketOption.transparent.set(on: descriptor.rawValue, to: 1)
            return nil
        } catch {
            return ClientSourceError(
                route: route.name.text,
                reason: error.description,
                isPermissionDenied: error.errno == .notPermitted
            )
        }
    }
}
