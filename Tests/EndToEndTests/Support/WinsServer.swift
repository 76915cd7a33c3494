import Foundation
import Synchronization

/// A real nmbd that is a WINS server, on a host of its own.
final class WinsServer: Sendable {
    let host: Host
    private let folder: URL
    private let file: URL
    private let current: Mutex<ChildProcess>

    private var process: ChildProcess { self.current.withLock { $0 } }

    /// Whether it still runs.
    var isRunning: Bool { self.process.isRunning }

    /// Starts it, and waits until it responds. It grants the requested times to live, from ten seconds.
    init(on host: Host) throws {
        self.host = host
        self.folder = try host.folder.newFolder("\(host.name)-wins")
        self.file = try host.folder.write(
            """
            [global]
            netbios name = \(host.name)
            workgroup = ELSEWHERE
            interfaces = eth0
            bind interfaces only = yes
            local master = no
            preferred master = no
            domain master = no
            wins support = yes
            min wins ttl = 10
            log level = 1
            \(SambaFolders.settings(in: self.folder))

            """,
            named: "\(host.name)-wins.conf"
        )
        self.current = Mutex(try Self.start(on: host, self.file))
        try self.waitUntilServing()
    }

    /// Kills it, as a crash or a power failure does.
    func kill() { self.process.kill() }

    /// Starts it again; it has lost all names unless `keepingNames`.
    func restart(keepingNames: Bool = false) throws {
        self.process.kill()
        for name in ["wins.dat", "wins.tdb"] where !keepingNames {
            try? FileManager.default.removeItem(at: self.folder.appendingPathComponent(name))
        }
        let process = try Self.start(on: self.host, self.file)
        self.current.withLock { $0 = process }
        try self.waitUntilServing()
    }

    private static func start(on host: Host, _ file: URL) throws -> ChildProcess {
        try host.start(["nmbd", "--foreground", "--no-process-group", "--debug-stdout", "-s", file.path])
    }

    private func waitUntilServing() throws {
        try eventually("nmbd on \(self.host.name) serving", within: 30) {
            guard self.process.isRunning else { throw WaitedInVain(expected: self.process.output, seconds: 0) }
            let socket = try RawDatagrams(on: self.host)
            let query = Wire.serverQuery(id: 0x1234, "NO-SUCH-NAME")
            return try socket.ask(query, of: self.host.address, within: 0.2) != nil
        }
    }

    /// Returns the addresses of a name; `nil` if the server reports that it does not exist.
    func addresses(of name: String, suffix: UInt8 = 0x20, scope: String = "") throws -> [String]? {
        let socket = try RawDatagrams(on: self.host)
        let query = Wire.serverQuery(id: 0x4712, name, suffix: suffix, scope: scope)
        guard let answer = try socket.ask(query, of: self.host.address, within: 1), answer[3] & 0x0F == 0 else {
            return nil
        }
        let entries = answer.dropFirst(query.count - 4 + 10)
        return stride(from: entries.startIndex, to: entries.endIndex, by: 6).map { start in
            entries[(start + 2)..<min(start + 6, entries.endIndex)].map { "\($0)" }.joined(separator: ".")
        }
    }

    /// Waits until it has an address for a name, or none if `nil`.
    func waitUntil(_ name: String, suffix: UInt8 = 0x20, isAt address: String?, within seconds: Double = 20) throws {
        let expected = address.map { [$0] }
        var found: [String]?
        do {
            try eventually("\(name) at \(address ?? "nowhere")", within: seconds) {
                found = try self.addresses(of: name, suffix: suffix)
                return found == expected
            }
        } catch let error as WaitedInVain {
            let place = found?.description ?? "nowhere"
            throw WaitedInVain(
                expected: "\(error.expected) for \(self.host.name), which has it at \(place)",
                seconds: seconds
            )
        }
    }
}

extension Wire {
    /// Makes a query to a name server: by unicast, with recursion desired.
    static func serverQuery(id: Int, _ name: String, suffix: UInt8 = 0x20, scope: String = "") -> [UInt8] {
        var bytes = self.query(id: id, name, suffix: suffix, scope: scope)
        bytes[2] |= 0x01
        return bytes
    }
}
