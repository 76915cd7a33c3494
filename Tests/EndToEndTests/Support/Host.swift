import Foundation

/// A machine on a test's ``Lan``.
final class Host: Sendable {
    let name: String
    /// Its IPv4 address on the network.
    let address: String
    let namespace: NetworkNamespace
    /// Its hosts file and its name server.
    var etc: EtcFiles { self.namespace.etc }
    /// The folder of its programs' files.
    let folder: TemporaryFolder
    private let belongings: Belongings

    init(name: String, address: String, folder: TemporaryFolder, belongings: Belongings) throws {
        self.name = name
        self.address = address
        self.namespace = try NetworkNamespace(name, address: address, folder: folder)
        self.folder = folder
        self.belongings = belongings
    }

    /// Runs a program here to its end.
    @discardableResult
    func run(_ command: String..., within seconds: Double = 30) throws -> Finished {
        try self.run(command, within: seconds)
    }

    /// Runs a program here to its end.
    @discardableResult
    func run(_ command: [String], within seconds: Double = 30) throws -> Finished {
        try Finished(running: command, in: self.namespace, folder: self.folder, within: seconds)
    }

    /// Starts a background program here; it is killed with the network.
    func start(_ command: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        let process = try self.namespace.start(
            command,
            output: self.folder.newFile("\(self.name)-output"),
            errors: self.folder.newFile("\(self.name)-errors"),
            environment: environment
        )
        self.own { process.kill() }
        return process
    }

    /// Returns a copy of nbrouter that every user may execute.
    ///
    /// Copied by a child process: a program started by a concurrent test would inherit the open file, which could then
    /// not be executed.
    func copyOfRouter() throws -> String {
        let binary = self.folder.newFile("nbrouter").path
        let copy = try self.run("cp", try Prerequisites.router(), binary)
        guard copy.succeeded else { throw ToolFailure(finished: copy) }
        return binary
    }

    /// Adds a cleanup action.
    func own(_ undo: @escaping @Sendable () -> Void) {
        self.belongings.add(undo)
    }

    /// Whether a socket here listens on a port (TCP), or is bound to it (UDP).
    func hasSocket(_ kind: SocketKind, port: UInt16) throws -> Bool {
        let table = try self.namespace.enter {
            try String(contentsOfFile: "/proc/thread-self/net/\(kind.rawValue)", encoding: .utf8)
        }
        let suffix = ":" + String(UInt32(port) | 0x10000, radix: 16, uppercase: true).dropFirst()
        return table.split(separator: "\n").dropFirst().contains { line in
            let fields = line.split(separator: " ")
            return fields.count > 3 && fields[1].hasSuffix(suffix) && fields[3] == kind.openState
        }
    }
}

/// The two kinds of sockets of NetBIOS; the raw value is the kernel's name for their table.
enum SocketKind: String, Sendable {
    case tcp
    case udp

    /// The kernel's code of a listening socket (TCP_LISTEN), or of a bound and unconnected one (TCP_CLOSE).
    fileprivate var openState: String {
        switch self {
        case .tcp: "0A"
        case .udp: "07"
        }
    }
}
