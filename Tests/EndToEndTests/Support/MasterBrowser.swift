import Foundation
import Glibc

/// A real Samba as the local master browser of a workgroup: nmbd keeps the browse list, smbd serves it to clients.
final class MasterBrowser: Sendable {
    /// Its name, which clients query for the list.
    static let name = "MASTER"

    private let nmbd: ChildProcess
    private let list: URL

    /// Starts both on a host.
    init(on host: Host, workgroup: String) throws {
        let folder = try host.folder.newFolder("\(host.name)-master")
        self.list = folder.appendingPathComponent("browse.dat")
        let file = try host.folder.write(
            """
            [global]
            netbios name = \(Self.name)
            workgroup = \(workgroup)
            interfaces = eth0
            bind interfaces only = yes
            local master = yes
            preferred master = yes
            domain master = no
            os level = 65
            smb ports = 139
            server min protocol = NT1
            map to guest = bad user
            load printers = no
            printcap name = /dev/null
            disable spoolss = yes
            log level = 1
            \(SambaFolders.settings(in: folder))

            """,
            named: "master.conf"
        )
        let options = ["--foreground", "--no-process-group", "--debug-stdout", "-s", file.path]
        self.nmbd = try host.start(["nmbd"] + options)
        let smbd = try host.start(["smbd"] + options)
        try eventually("smbd on \(host.name) listening", within: 20) {
            guard smbd.isRunning else { throw WaitedInVain(expected: smbd.output, seconds: 0) }
            return try host.hasSocket(.tcp, port: 139)
        }
    }

    /// Waits until it has won the election.
    func waitUntilMaster() throws {
        try eventually("a local master browser:\n\(self.nmbd.output)", within: 60) {
            guard self.nmbd.isRunning else { throw WaitedInVain(expected: self.nmbd.output, seconds: 0) }
            return self.nmbd.output.contains("is now a local master browser")
        }
    }

    /// Waits until the browse list fulfils a condition; the names in it are in quotes.
    func waitForList(_ expected: String, within seconds: Double = 60, _ condition: (String) -> Bool) throws {
        var text = ""
        do {
            try eventually(expected, within: seconds) {
                // nmbd writes its list occasionally, and on SIGHUP.
                self.nmbd.send(signal: SIGHUP)
                text = (try? String(contentsOf: self.list, encoding: .utf8)) ?? ""
                return condition(text)
            }
        } catch let error as WaitedInVain {
            throw WaitedInVain(expected: "\(expected) in:\n\(text)\(self.nmbd.output)", seconds: error.seconds)
        }
    }
}
