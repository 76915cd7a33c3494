import Glibc

/// Finds the paths that a pattern of the shell matches, as glob(7) describes it, and what kept it from looking everywhere.
///
/// glob(3) passes over a directory that this user may not look into, whose files would then be missing without a word.
struct PathPattern {
    /// Sorted by their bytes, whatever the locale.
    private(set) var paths: [String] = []
    /// The directories whose names were compared with the pattern, also those that could not be read.
    private(set) var directories: [String] = []
    /// What could not be looked into, with the system's error number; nothing that does not exist is among it.
    private(set) var obstacles: [(path: String, number: Int32)] = []
    /// Whether there was more to look at than the limit, and the rest was left alone.
    private(set) var isCut = false
    /// How many names may still be looked at.
    private(set) var namesLeft: Int

    /// Finds what matches now.
    ///
    /// - Parameters:
    ///   - pattern: A path with `*`, `?` and `[...]`, of which none stands for a slash or for the dot that a name begins with.
    ///   - limit: How many names in directories are looked at in all.
    init(_ pattern: String, limit: Int) {
        self.namesLeft = limit
        // `*/` matches no file, as `*/.` does not.
        let parts = (pattern + (pattern.hasSuffix("/") ? "." : "")).split(separator: "/").map(String.init)
        var found = [pattern.hasPrefix("/") ? "/" : ""]
        for part in parts.dropLast() {
            found = found.flatMap { self.matches(of: part, in: $0) }.map { $0 + "/" }
        }
        if let last = parts.last { found = found.flatMap { self.matches(of: last, in: $0) } }
        self.paths = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The paths in a directory that match one part of the pattern. The directory has a slash at its end, or is empty.
    private mutating func matches(of part: String, in directory: String) -> [String] {
        if part.contains(where: { "*?[\\".contains($0) }) {
            return self.names(in: directory).filter { fnmatch(part, $0, FNM_PERIOD) == 0 }.map { directory + $0 }
        }
        guard self.mayLookAtOneMore() else { return [] }
        var status = stat()
        guard lstat(directory + part, &status) != 0 else { return [directory + part] }
        self.note(errno, at: directory + part)
        return []
    }

    /// All names in a directory.
    private mutating func names(in directory: String) -> [String] {
        guard !self.isCut else { return [] }
        let path = directory.isEmpty ? "." : directory.count > 1 ? String(directory.dropLast()) : directory
        guard let stream = opendir(path) else {
            let number = errno
            self.note(number, at: path)
            if number == EACCES { self.directories.append(path) }
            return []
        }
        defer { closedir(stream) }
        self.directories.append(path)
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            guard self.mayLookAtOneMore() else { return names }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        if errno != 0 { self.note(errno, at: path) }
        return names
    }

    private mutating func mayLookAtOneMore() -> Bool {
        guard self.namesLeft > 0 else {
            self.isCut = true
            return false
        }
        self.namesLeft -= 1
        return true
    }

    /// Keeps an error, unless it says no more than that nothing is there.
    private mutating func note(_ number: Int32, at path: String) {
        if number != ENOENT, number != ENOTDIR { self.obstacles.append((path, number)) }
    }
}
