import Foundation
import Glibc
import Synchronization

/// One host of a test: a network namespace under a name that no other test uses, and for its programs a host name and
/// files in /etc of their own.
struct NetworkNamespace: Sendable {
    /// The name in `ip netns`.
    let name: String
    /// The host name that its programs see.
    let hostName: String
    /// Its own files in /etc.
    let etc: EtcFiles

    private static let created = Mutex(0)
    /// Distinguishes the namespaces of this run; Tests/run sets it to find those of an interrupted run.
    private static let run = ProcessInfo.processInfo.environment["NBROUTER_TEST_RUN"] ?? "\(getpid())"

    /// Chooses a free name; ``Lan`` creates the network namespace itself.
    ///
    /// - Parameters:
    ///   - hostName: The host name.
    ///   - address: The address of the host's own name; a loopback address if `nil`.
    ///   - folder: The folder of its files.
    /// - Throws: An error of the file system.
    init(_ hostName: String, address: String? = nil, folder: TemporaryFolder) throws {
        let number = Self.created.withLock { count in
            count += 1
            return count
        }
        self.name = "nbr-\(Self.run)-\(number)-\(hostName)"
        self.hostName = hostName
        self.etc = try EtcFiles(hostName: hostName, address: address, in: folder)
    }

    /// Runs a body, such as opening a socket, on a thread that has entered the network namespace.
    ///
    /// A socket stays in the namespace in which it was opened, so any thread may use it afterwards.
    func enter<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        try Self.onNewThread {
            try self.moveThisThread()
            return try body()
        }
    }

    /// Starts a program on a thread that lives on this host, whose namespaces the program inherits.
    func start(
        _ command: [String],
        output: URL,
        errors: URL,
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try Self.onNewThread {
            try self.moveThisThread()
            try self.settleThisThread()
            return try ChildProcess(command, output: output, errors: errors, environment: environment)
        }
    }

    /// Kills the remaining programs, such as RPC services of smbd, and deletes the network namespace.
    func delete(folder: TemporaryFolder) {
        let left = try? Finished(running: ["ip", "netns", "pids", self.name], folder: folder, within: 10)
        for process in (left?.output ?? "").split(separator: "\n").compactMap({ Int32($0) }) {
            kill(process, SIGKILL)
        }
        _ = try? Finished(running: ["ip", "netns", "delete", self.name], folder: folder, within: 10)
    }

    private static func onNewThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        let box = ResultBox<Value>()
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            box.result.withLock { $0 = Result { try body() } }
            done.signal()
        }
        thread.start()
        done.wait()
        guard let result = box.result.withLock({ $0 }) else { throw SystemFailure("run a thread", code: EINVAL) }
        return try result.get()
    }

    /// Moves the calling thread, and no other, into the network namespace.
    private func moveThisThread() throws {
        let file = open("/run/netns/\(self.name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemFailure("open namespace \(self.name)") }
        defer { close(file) }
        try LinuxCalls.enter(.network, file)
    }

    /// The sockets by which programs query services of the machine for names.
    private static let resolverSockets = ["/run/nscd", "/run/avahi-daemon", "/run/dbus", "/run/systemd/resolve"]

    /// Gives the calling thread, and no other, the host's name, its /etc, and the /sys of the network that it is in.
    private func settleThisThread() throws {
        try LinuxCalls.unshare([.mounts, .hostName])
        guard sethostname(self.hostName, self.hostName.utf8.count) == 0 else {
            throw SystemFailure("set the host name")
        }
        // Mounts made here are private, and do not keep a namespace alive that another test deletes.
        guard mount("none", "/", nil, UInt(MS_REC | MS_SLAVE), nil) == 0 else {
            throw SystemFailure("separate the mounts: the root directory must be a mount point")
        }
        try Self.cover("/sys", with: "sysfs")
        // An overlay, not a mount for each file: the machine may lack the file, or have a symbolic link instead.
        try Self.cover("/etc", with: "overlay", flags: MS_RDONLY, "lowerdir=\(self.etc.folder.path):/etc")
        for folder in Self.resolverSockets where access(folder, F_OK) == 0 {
            try Self.cover(folder, with: "tmpfs", flags: MS_RDONLY)
        }
    }

    private static func cover(_ folder: String, with kind: String, flags: Int = 0, _ options: String? = nil) throws {
        guard mount(kind, folder, kind, UInt(flags), options) == 0 else {
            throw SystemFailure("mount \(kind) at \(folder)")
        }
    }
}

/// Carries a result from one thread to another.
private final class ResultBox<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
}
