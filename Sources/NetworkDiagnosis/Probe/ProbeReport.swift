public import NetBIOS
public import NetBIOSRouter
import RouteConfig

/// What ``Probe`` saw of this machine and its network.
public struct ProbeReport: Sendable {
    /// In the order of the file; one for each address that a backend's name has.
    public var backends: [BackendFinding] = []
    /// The router's own ports.
    public var ports: [PortFinding] = []
    /// Each route's own `address`.
    public var addresses: [AddressFinding] = []
    /// The routes files and the directories in which they are looked for.
    public var files: [FileFinding] = []
    /// The user that is to run the router, where one was named that this machine does not know.
    public var unknownUser: String?
    /// Addresses that names are advertised with, at which something here takes direct SMB.
    public var directSMB: [DirectSMBFinding] = []
    /// The names that were asked for on the network; none when nobody could be asked.
    public var names: [NameFinding] = []
    /// Why nobody could be asked, or some not, in words; empty when all were.
    public var unaskedPlaces: [String] = []
    /// How many descriptors are missing for `max_sessions`, where some are.
    public var descriptors: DescriptorFinding?
    /// What keeps `source: client` from working here, where a route has it.
    public var clientSource: ClientSourceFinding?
    /// What could not be found out in time, in words; empty when all was.
    public var unfinished: [String] = []

    /// A report in which nothing was seen yet.
    public init() {}

    /// One address of one backend.
    public struct BackendFinding: Sendable {
        /// `nas1:445`, as the file has it.
        public var backend: String
        /// The routes that it serves.
        public var routes: [String]
        /// `192.0.2.10:445`; `nil` when the name does not resolve.
        public var address: String?
        /// Why no connection was made; `nil` when one was.
        public var failure: String?
        /// About one round trip; `nil` without a connection.
        public var roundTrip: Duration?
        /// What it answered to clients that speak SMB 1 alone; `nil` where that is not known.
        public var smb1: SMBAnswer?
        /// What it answered to clients that speak SMB 2 and 3; `nil` where that is not known.
        public var smb2: SMBAnswer?

        /// A finding about an address of which nothing else is known yet.
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

    /// How a backend answers a kind of clients.
    public enum SMBAnswer: Hashable, Sendable {
        case accepts(SMBDialect, signing: NegotiateResponse.Signing?)
        /// It said that it takes none of the dialects, or chose one that was not offered.
        case refuses
        /// It ended the connection, which is how Windows and Samba say that they do not speak SMB 1.
        case hangsUp
        /// It kept silent.
        case silent
        /// It answered something that is not SMB.
        case notSMB
        /// The connection for this question failed.
        case failed(String)
    }

    /// One port that `run` binds.
    public struct PortFinding: Sendable {
        /// `TCP` or `UDP`.
        public var transport: String
        /// `192.0.2.1:139`.
        public var address: String
        public var state: State

        public enum State: Sendable {
            case free
            /// Another process has it; `nil` when the kernel does not tell this user which.
            case held(by: PortHolder?)
            /// No interface has the address.
            case noSuchAddress
            /// Nobody has it, and this user may not bind it.
            case notPermitted
            /// Something else keeps it from being bound.
            case failed(String)
        }
    }

    /// A process that has a port.
    public struct PortHolder: Hashable, Sendable, CustomStringConvertible {
        /// What it calls itself, without characters that move a terminal's cursor.
        public var process: String
        public var pid: Int
        /// Whether it is the router that runs with the file that was checked.
        public var isRouter: Bool

        /// A process by the name that any user may have given it.
        public init(process: String, pid: Int, isRouter: Bool) {
            self.process = process.printable(limit: 64)
            self.pid = pid
            self.isRouter = isRouter
        }

        /// Whether it is a router, but another one.
        public var isAnotherRouter: Bool { !self.isRouter && self.process == Self.routerName }

        /// What the kernel calls the process of a router.
        static let routerName = "nbrouter"

        /// `smbd (process 812)`, `another nbrouter (process 4711)`.
        public var description: String {
            "\(self.isAnotherRouter ? "another " : "")\(self.process) (process \(self.pid))"
        }
    }

    /// A route's own address.
    public struct AddressFinding: Sendable {
        public var address: IPv4Address
        public var route: String
        /// The interface that has it; `nil` makes this machine a standby for the route.
        public var interface: String?
    }

    /// An address of the router's at which SMB is taken on TCP 445, where clients of Windows 2000 and later call first.
    public struct DirectSMBFinding: Sendable {
        public var address: IPv4Address
        /// `nil` when the kernel does not tell this user who takes it.
        public var holder: PortHolder?
    }

    /// A routes file, or a directory that a wildcard of `include` is in.
    public struct FileFinding: Sendable {
        public var path: String
        public var user: String
        /// Why the user cannot read it; `nil` when it can.
        public var obstacle: String?
    }

    /// A name that is to be claimed.
    public struct NameFinding: Sendable {
        public var name: QualifiedName
        /// The host that holds it already; `nil` when none answered.
        public var holder: IPv4Address?
    }

    /// A route whose backends are to see the clients' own addresses, where this process cannot do that.
    public struct ClientSourceFinding: Sendable {
        public var problem: ClientSourceError
        /// Whether it is this user alone that may not, for not being root: the router's may be given what it takes.
        public var isOfThisUser: Bool

        /// A finding about what this process met.
        public init(problem: ClientSourceError, isOfThisUser: Bool) {
            self.problem = problem
            self.isOfThisUser = isOfThisUser
        }
    }

    /// Fewer descriptors than the configured sessions need.
    public struct DescriptorFinding: Sendable {
        public var allowed: Int
        public var wanted: Int
    }
}
