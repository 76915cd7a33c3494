public import NetBIOS

/// An entry of `routes`: names to advertise, and the backends of their sessions.
public struct Route: Hashable, Sendable, Identifiable {
    /// The first name, as <20>. Identifies the route together with the scope.
    public var name: NetBIOSName
    /// More names for the same backends, each as <20>.
    public var aliases: [NetBIOSName] = []
    public var scope: Scope = .none
    /// The suffixes under which every name is advertised and may be called.
    public var suffixes: [Suffix] = [.fileServer, .workstation]
    /// Never empty, and never more than ``maximumBackends``.
    public var backends: [Backend]
    public var balance: Balance = .failover
    /// The address to advertise instead of the interface's own; calls by address that arrive on it take this route.
    public var address: IPv4Address?
    public var healthCheck: HealthCheck = .none
    public var healthInterval: Duration = .seconds(10)
    public var source: SourceAddress = .router
    /// The clients that may call this route, of those that ``SessionSettings/access`` admits.
    public var access = AccessList()
    public var maxSessions: Int?
    public var onRemove: OnRemove = .keep

    /// Makes a route with default settings; `backends` must not be empty.
    public init(name: NetBIOSName, scope: Scope = .none, backends: [Backend]) {
        self.name = name
        self.scope = scope
        self.backends = backends
    }

    /// The maximum number of backends of a route.
    public static let maximumBackends = 64

    /// The identity across reloads: the first name in its scope.
    public var id: QualifiedName { QualifiedName(self.name.with(.fileServer), scope: self.scope) }
    public typealias ID = QualifiedName

    /// The name and the aliases, each as <20>.
    public var names: [NetBIOSName] { [self.name] + self.aliases }

    /// All (name, suffix, scope) triples that are advertised and may be called.
    public var calledNames: [QualifiedName] {
        self.names.flatMap { name in
            self.suffixes.map { QualifiedName(name.with($0), scope: self.scope) }
        }
    }

    /// The order in which the backends are tried.
    public enum Balance: String, Hashable, Sendable, CaseIterable {
        case failover
        case roundRobin = "round_robin"
        case leastSessions = "least_sessions"
    }

    /// The method of active health checks.
    public enum HealthCheck: String, Hashable, Sendable, CaseIterable {
        case none, tcp, smb
    }

    /// The source address of connections to the backend.
    public enum SourceAddress: String, Hashable, Sendable, CaseIterable {
        case router, client
    }

    /// The effect of a reload that removes or changes the route on its sessions.
    public enum OnRemove: String, Hashable, Sendable, CaseIterable {
        case keep, close
    }
}

/// A direct-SMB server.
public struct Backend: Hashable, Sendable {
    /// An address or a host name; an IPv6 address without brackets.
    public var host: String
    /// Never 0.
    public var port: UInt16

    public static let defaultPort: UInt16 = 445

    /// Makes a backend; `port` must not be 0.
    public init(host: String, port: UInt16 = Self.defaultPort) {
        self.host = host
        self.port = port
    }
}

extension Backend {
    /// Parses a backend as routes.yaml writes it: `nas1`, `nas1:445`, `[2001:db8::1]:445`.
    public init?(_ text: String) {
        guard let backend = try? HostText.backend(text) else { return nil }
        self = backend
    }
}

/// JSON: a string, as a routes file writes it.
extension Backend: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let backend = Backend(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a backend")
        }
        self = backend
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.description)
    }
}

extension Backend: CustomStringConvertible {
    /// `nas1:445`, `[2001:db8::1]:445`.
    public var description: String {
        self.host.utf8.contains(UInt8(ascii: ":")) ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}
