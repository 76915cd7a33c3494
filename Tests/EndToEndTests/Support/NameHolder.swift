import Foundation

/// A real nmbd that holds one NetBIOS name on the network.
final class NameHolder: Sendable {
    private let process: ChildProcess

    /// Whether it still runs.
    var isRunning: Bool { self.process.isRunning }

    /// Kills it, without releases.
    func kill() { self.process.kill() }

    /// Starts nmbd on a host and waits until it owns the name: by broadcast, or at a WINS server if given.
    ///
    /// The settings are lines of smb.conf, which override the usual ones.
    init(on host: Host, name: String, wins: WinsServer? = nil, settings: String...) throws {
        let folder = try host.folder.newFolder("\(host.name)-nmbd")
        let file = try host.folder.write(
            """
            [global]
            netbios name = \(name)
            workgroup = ELSEWHERE
            interfaces = eth0
            bind interfaces only = yes
            local master = no
            preferred master = no
            domain master = no
            wins support = no
            \(wins.map { "wins server = \($0.host.address)" } ?? "")
            log level = 1
            \(SambaFolders.settings(in: folder))
            \(settings.joined(separator: "\n"))

            """,
            named: "nmbd.conf"
        )
        self.process = try host.start(["nmbd", "--foreground", "--no-process-group", "--debug-stdout", "-s", file.path])
        if let wins {
            try wins.waitUntil(name, isAt: host.address, within: 30)
            return
        }
        let socket = try RawDatagrams(on: host)
        try eventually("nmbd owning \(name)", within: 30) {
            guard self.process.isRunning else { throw WaitedInVain(expected: self.process.output, seconds: 0) }
            // By broadcast: a unicast query is answered even for a name that is still being claimed.
            let answer = try socket.ask(
                Wire.query(id: 0x1234, name, broadcast: true),
                of: Lan.broadcastAddress,
                within: 0.2
            )
            return answer.map { $0.count > 3 && $0[2] & 0x80 != 0 && $0[3] & 0x0F == 0 } ?? false
        }
    }
}
