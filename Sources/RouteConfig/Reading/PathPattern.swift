import Glibc

/// Expands a pattern as glob(7) describes it, and reports directories that cannot be read.
///
/// glob(3) silently skips unreadable directories, whose files would be missing without a diagnostic.
struct PathPattern {
    /// Sorted by their bytes, whatever the locale.
    private(set) var paths: [String] = []
    /// The directories that were searched, including unreadable ones.
    private(set) var directories: [String] = []
    /// Paths that could not be read, with the system's error number; paths that do not exist are not among them.
    private(set) var obstacles: [(path: String, number: Int32)] = []
    /// Whether the search stopped at the limit.
    private(set) var isCut = false
    /// Whether there was more to look at than there was time for, and the rest was left alone.
    private(set) var isLate = false
    /// How many names may still be looked at.
    private(set) var namesLeft: Int
    private let end: ContinuousClock.Instant

    /// Expands a pattern.
    ///
    /// - Parameters:
    ///   - pattern: A path with `*`, `?` and `[...]`, of which none stands for a slash or for the dot that a name begins with.
    ///   - limit: How many names in directories are looked at in all.
    ///   - end: The time after which no further name is looked at.
    init(_ pattern: String, limit: Int, until end: ContinuousClock.Instant) {
        self.namesLeft = limit
        self.end = end
        // `*/` matches no file, as `*/.` does not.
        let parts = (pattern + (pattern.hasSuffix("/") ? "." : "")).split(separator: "/").map(String.init)
        var found = [pattern.hasPrefix("/") ? "/" : ""]
        for part in parts.dropLast() {
            found = found.flatMap { self.matches(of: part, in: $0) }.map { $0 + "/" }
        }
        if let last = parts.last { found = found.flatMap { self.matches(of: last, in: $0) } }
        self.paths = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Returns the paths in a directory that match one component of the pattern. `directory` ends with a slash, or is
    /// empty.
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

    /// Returns all names in a directory.
    private mutating func names(in directory: String) -> [String] {
        guard !self.isCut, !self.isLate else { return [] }
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
        guard ContinuousClock.now < self.end else {
            self.isLate = true
            return false
        }
        self.namesLeft -= 1
        return true
    }

    /// Records an error, unless it means that the path does not exist.
    private mutating func note(_ number: Int32, at path: String) {
        if number != ENOENT, number != ENOTDIR { self.obstacles.append((path, number)) }
    }
}
