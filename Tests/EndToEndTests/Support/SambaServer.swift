import Foundation
import Glibc

/// A real smbd that listens on 445 only, unless set otherwise, with a share `files` that guests can read and write.
final class SambaServer: Sendable {
    private let host: Host
    /// Its smb.conf.
    private let configuration: URL
    /// The folder of the share.
    let share: URL

    /// The oldest and newest dialect, by Samba's names.
    struct Dialects: Sendable {
        var oldest = "NT1"
        var newest = "SMB3_11"
    }

    /// Starts smbd on a host and waits until it listens.
    ///
    /// - Parameters:
    ///   - host: The host.
    ///   - greeting: The content of the file `hello.txt` in the share.
    ///   - dialects: The dialects.
    ///   - ports: The ports; on 139 it expects a session request first.
    ///   - shares: Further shares, empty and for all authenticated users.
    ///   - settings: Further lines of the section `global` in smb.conf.
    /// - Throws: ``WaitedInVain`` if it does not listen in time.
    init(
        on host: Host,
        greeting: String,
        dialects: Dialects = Dialects(),
        ports: [UInt16] = [445],
        shares: [String] = [],
        settings: String = ""
    ) throws {
        let folder = try host.folder.newFolder("\(host.name)-samba")
        let share = try host.folder.newFolder("\(host.name)-share")
        chmod(share.path, 0o777)
        try greeting.write(to: share.appendingPathComponent("hello.txt"), atomically: true, encoding: .utf8)
        self.share = share
        let configuration = """
            [global]
            disable netbios = yes
            smb ports = \(ports.map(String.init).joined(separator: " "))
            server min protocol = \(dialects.oldest)
            server max protocol = \(dialects.newest)
            map to guest = bad user
            guest account = nobody
            server role = standalone server
            load printers = no
            printcap name = /dev/null
            disable spoolss = yes
            log level = 1
            \(SambaFolders.settings(in: folder))
            \(settings)
            [files]
            path = \(share.path)
            guest ok = yes
            guest only = yes
            read only = no
            force user = root
            strict sync = no

            """
        let sections = try shares.map { name in
            let folder = try host.folder.newFolder("\(host.name)-\(name)")
            chmod(folder.path, 0o777)
            return "[\(name)]\npath = \(folder.path)\nread only = no\nstrict sync = no\n"
        }
        let file = try host.folder.write(configuration + sections.joined(), named: "smb.conf")
        self.configuration = file
        self.host = host
        let process = try host.start(
            ["smbd", "--foreground", "--no-process-group", "--debug-stdout", "-s", file.path]
        )
        try eventually("smbd on \(host.name) listening", within: 20) {
            guard process.isRunning else { throw WaitedInVain(expected: process.output, seconds: 0) }
            return try ports.allSatisfy { try host.hasSocket(.tcp, port: $0) }
        }
    }

    /// Lets the user `root` in with a password.
    func addRoot(password: String) throws {
        let command = "printf '%s\\n%s\\n' \(password) \(password) | smbpasswd -c \(self.configuration.path) -a -s root"
        let added = try self.host.run("sh", "-c", command)
        guard added.succeeded else { throw ToolFailure(finished: added) }
    }
}

/// The folders that Samba's programs require, separate for each test.
enum SambaFolders {
    /// The lines of smb.conf that name them, and that keep Samba away from the machine's own.
    static func settings(in folder: URL) -> String {
        let kinds = [
            "lock directory", "state directory", "cache directory", "pid directory", "private dir", "ncalrpc dir",
        ]
        return (kinds.map { "\($0) = \(folder.path)" } + ["name cache timeout = 0", "dns proxy = no"])
            .joined(separator: "\n")
    }
}
