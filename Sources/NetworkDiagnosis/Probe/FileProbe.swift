import Glibc

/// Whether a user could read a file, by the permission bits on the way to it.
///
/// Access control lists and security modules are not looked at; they say no more often than yes.
struct FileProbe {
    private let name: String
    private let userID: uid_t
    private let groups: Set<gid_t>

    /// Looks the user up; `nil` when there is none of this name.
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

    /// Groups of a user that are looked at: more than Linux lets a process have.
    private static let maximumGroups = 65536

    /// Looks at one file.
    func finding(forFile path: String) -> ProbeReport.FileFinding {
        ProbeReport.FileFinding(path: path, user: self.name, obstacle: self.obstacle(to: path, isDirectory: false))
    }

    /// Looks at a directory whose names are compared with a wildcard.
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
            if !self.has(0o1, on: directory) { return "the directory \(directory) does not let it pass" }
        }
        if isDirectory, !self.has(0o1, on: real) { return "the directory \(real) does not let it pass" }
        return self.has(0o4, on: real) ? nil : "its permissions do not let it read \(real)"
    }

    /// Whether the user has a permission: 1 to pass through a directory, 4 to read a file.
    private func has(_ permission: mode_t, on path: String) -> Bool {
        var information = stat()
        guard stat(path, &information) == 0 else { return false }
        let shift: mode_t = information.st_uid == self.userID ? 6 : self.groups.contains(information.st_gid) ? 3 : 0
        return information.st_mode & permission << shift != 0
    }
}
