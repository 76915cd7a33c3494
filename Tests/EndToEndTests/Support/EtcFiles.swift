import Foundation

/// A host's own files in /etc, as `ip netns exec` puts them in the place of the machine's.
extension Host {
    /// Writes /etc/hosts, /etc/resolv.conf or another file there, or changes what it holds.
    ///
    /// Programs see the file if it was there when they were started; a change of what it holds they see at once.
    func writeEtc(_ name: String, _ text: String) throws {
        let folder = URL(fileURLWithPath: "/etc/netns/\(self.namespace.name)")
        if !FileManager.default.fileExists(atPath: folder.path) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            self.own { try? FileManager.default.removeItem(at: folder) }
        }
        // In its place: another file of the same name would not be seen.
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
}
