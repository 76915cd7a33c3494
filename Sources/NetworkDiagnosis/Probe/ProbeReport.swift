public import NetBIOS
public import NetBIOSRouter
import RouteConfig

/// The findings of ``Probe`` on this machine and its network.
public struct ProbeReport: Sendable {
    /// In file order; one for each address of a backend's name.
    public var backends: [BackendFinding] = []
    /// The router's own ports.
    public var ports: [PortFinding] = []
    /// The `address` of each route.
    public var addresses: [AddressFinding] = []
    /// The routes files and the directories that wildcards search.
    public var files: [FileFinding] = []
    /// The name of the user given, if unknown on this machine.
    public var unknownUser: String?
    /// Advertised addresses at which a process on this machine accepts direct SMB.
    public var directSMB: [DirectSMBFinding] = []
    /// The names that were queried on the network.
    public var names: [NameFinding] = []
    /// Destinations that could not be queried, with the reasons.
    public var unaskedPlaces: [String] = []
    /// The shortage of descriptors for `max_sessions`, if any.
    public var descriptors: DescriptorFinding?
    /// The obstacle to `source: client`, if a route uses it.
    public var clientSource: ClientSourceFinding?
    /// Descriptions of the checks that exceeded the deadline.
    public var unfinished: [String] = []

    /// Makes an empty report.
    public init() {}

    /// One address of one backend.
    public struct BackendFinding: Sendable {
        /// `nas1:445`, as the file has it.
        public var backend: String
        /// The routes of the backend.
        public var routes: [String]
        /// `192.0.2.10:445`; `nil` if the name does not resolve.
        public var address: String?
        /// The reason why the connection failed; `nil` if it succeeded.
        public var failure: String?
        /// The time to connect, about one round trip; `nil` without a connection.
        public var roundTrip: Duration?
        /// The response to SMB 1 clients; `nil` if unknown.
        public var smb1: SMBAnswer?
        /// The response to SMB 2 and 3 clients; `nil` if unknown.
        public var smb2: SMBAnswer?

        public init(
            backend: String,
            routes: [String],
            address: String? = nil,
            smb1: SMBAnswer? = nil,
            smb2: SMBAnswer? = nil
        ) {
            self.backend = backend
            self.routes = routes
            self.address = address
            self.smb1 = smb1
            self.smb2 = smb2
        }
    }

    /// A backend's response to a class of clients.
    public enum SMBAnswer: Hashable, Sendable {
        case accepts(SMBDialect, signing: NegotiateResponse.Signing?)
        /// Refuses all dialects, or chose one that was not offered.
        case refuses
        /// Closes the connection, as Windows and Samba do if SMB 1 is disabled.
        case hangsUp
        /// Sends no response.
        case silent
        /// Sends a response that is not SMB.
        case notSMB
        /// The connection failed.
        case failed(String)
    }

    /// A port that `run` binds.
    public struct PortFinding: Sendable {
        /// `TCP` or `UDP`.
        public var transport: String
        /// `192.0.2.1:139`.
        public var address: String
        public var state: State

        public enum State: Sendable {
            case free
            /// Held by another process; `nil` if the kernel hides it from this user.
            case held(by: PortHolder?)
            /// No interface has the address.
            case noSuchAddress
            /// Free, but this user lacks permission to bind it.
            case notPermitted
            /// Another error.
            case failed(String)
        }
    }

    /// A process that holds a port.
    public struct PortHolder: Hashable, Sendable, CustomStringConvertible {
        /// The process's name, without characters that control a terminal.
        public var process: String
        public var pid: Int
        /// Whether it is the router that runs with the checked file.
        public var isRouter: Bool

        /// Makes a holder; any user can choose the name of a process.
        public init(process: String, pid: Int, isRouter: Bool) {
            self.process = process.printable(limit: 64)
            self.pid = pid
            self.isRouter = isRouter
        }

        /// Whether it is another router.
        public var isAnotherRouter: Bool { !self.isRouter && self.process == Self.routerName }

        /// The kernel's name for a router's process.
        static let routerName = "nbrouter"

        /// `smbd (process 812)`, `another nbrouter (process 4711)`.
        public var description: String {
            "\(self.isAnotherRouter ? "another " : "")\(self.process) (process \(self.pid))"
        }
    }

    /// The `address` of a route.
    public struct AddressFinding: Sendable {
        public var address: IPv4Address
        public var route: String
        /// The interface with the address; `nil` makes this machine a standby for the route.
        public var interface: String?
    }

    /// An address of the router at which TCP 445 accepts SMB; Windows 2000 and later try this port first.
    public struct DirectSMBFinding: Sendable {
        public var address: IPv4Address
        /// `nil` if the kernel hides the process from this user.
        public var holder: PortHolder?
    }

    /// A routes file, or a directory that a wildcard of `include` searches.
    public struct FileFinding: Sendable {
        public var path: String
        public var user: String
        /// The reason why the user cannot read it; `nil` if it can.
        public var obstacle: String?
    }

    /// A name of the configuration.
    public struct NameFinding: Sendable {
        public var name: QualifiedName
        /// The host that holds the name; `nil` if none responded.
        public var holder: IPv4Address?
    }

    /// The reason why `source: client` fails in this process.
    public struct ClientSourceFinding: Sendable {
        public var problem: ClientSourceError
        /// Whether the failure is only due to this user's privileges, which the router may have.
        public var isOfThisUser: Bool

        public init(problem: ClientSourceError, isOfThisUser: Bool) {
            self.problem = problem
            self.isOfThisUser = isOfThisUser
        }
    }

    /// A descriptor limit too low for the configured sessions.
    public struct DescriptorFinding: Sendable {
        public var allowed: Int
        public var wanted: Int
    }
}
