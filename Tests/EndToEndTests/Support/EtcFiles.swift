import Foundation

/// The files in /etc that give a host its name and its name resolution; all other files are the machine's.
///
/// A program sees the files that exist when it starts, and a later change of their content at once.
final class EtcFiles: Sendable {
    /// The folder that holds them.
    let folder: URL
    private let ownHosts: String

    /// Writes files that know localhost and the host itself, and a name server at an address where none listens.
    init(hostName: String, address: String?, in temporary: TemporaryFolder) throws {
        self.folder = try temporary.newFolder("\(hostName)-etc")
        self.ownHosts = """
            127.0.0.1 localhost
            ::1 localhost ip6-localhost ip6-loopback
            \(address ?? "127.0.1.1") \(hostName)

            """
        try self.write("hostname", hostName + "\n")
        try self.write("machine-id", UUID().uuidString.lowercased().replacing("-", with: "") + "\n")
        try self.write("nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")
        try self.setNameServer("127.0.0.1")
        try self.setHosts("")
    }

    /// Adds lines to those of /etc/hosts for localhost and the host itself, in the place of lines added before.
    func setHosts(_ lines: String) throws {
        try self.write("hosts", self.ownHosts + lines)
    }

    /// Names the one name server in /etc/resolv.conf, with options of resolv.conf(5).
    func setNameServer(_ address: String, options: String = "timeout:1 attempts:1") throws {
        try self.write("resolv.conf", "nameserver \(address)\noptions \(options)\n")
    }

    /// Replaces the content of a file in place: a mounted file is the inode that it was, and is at no time empty.
    private func write(_ name: String, _ text: String) throws {
        let file = self.folder.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: file.path) else {
            try Data(text.utf8).write(to: file)
            return
        }
        let handle = try FileHandle(forUpdating: file)
        defer { try? handle.close() }
        try handle.write(contentsOf: Data(text.utf8))
        try handle.truncate(atOffset: UInt64(text.utf8.count))
    }
}
