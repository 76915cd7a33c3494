import Glibc

/// Checks whether a user can read a file, by the permission bits along its path.
///
/// Access control lists and security modules are ignored; they mostly restrict access further.
struct FileProbe {
    private let name: String
    private let userID: uid_t
    private let groups: Set<gid_t>

    /// Looks up the user; `nil` if unknown.
    init?(user: String) {
        guard let entry = getpwnam(user)?.pointee else { return nil }
        self.name = user
        self.userID = entry.pw_uid
        var groups = [gid_t](repeating: 0, count: Self.maximumGroups)
        var count = CInt(groups.count)
        guard getgrouplist(user, entry.pw_gid, &groups, &count) >= 0 else {
            self.groups = [entry.pw_gid]
            return
        }
        self.groups = Set(groups.prefix(Int(count)))
    }

    /// The maximum number of a user's groups: more than Linux allows a process.
    private static let maximumGroups = 65536

    /// Checks a file.
    func finding(forFile path: String) -> ProbeReport.FileFinding {
        ProbeReport.FileFinding(path: path, user: self.name, obstacle: self.obstacle(to: path, isDirectory: false))
    }

    /// Checks a directory that a wildcard searches.
    func finding(forDirectory path: String) -> ProbeReport.FileFinding {
        ProbeReport.FileFinding(path: path, user: self.name, obstacle: self.obstacle(to: path, isDirectory: true))
    }

    private func obstacle(to path: String, isDirectory: Bool) -> String? {
        guard self.userID != 0 else { return nil }
        guard let resolved = realpath(path, nil) else { return String(cString: strerror(errno)).lowercased() }
        defer { free(resolved) }
        let real = String(cString: resolved)
        for (index, character) in zip(real.indices, real) where character == "/" && real[index...].count > 1 {
            let directory = index == real.startIndex ? "/" : String(real[..<index])
            if !self.has(0o1, on: directory) { return "no permission to enter the directory \(directory)" }
        }
        if isDirectory, !self.has(0o1, on: real) { return "no permission to enter the directory \(real)" }
        return self.has(0o4, on: real) ? nil : "no permission to read \(real)"
    }

    /// Whether the user has a permission: 1 to enter a directory, 4 to read a file.
    private func has(_ permission: mode_t, on path: String) -> Bool {
        var information = stat()
        guard stat(path, &information) == 0 else { return false }
        let shift: mode_t = information.st_uid == self.userID ? 6 : self.groups.contains(information.st_gid) ? 3 : 0
        return information.st_mode & permission << shift != 0
    }
}
