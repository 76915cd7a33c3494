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
    /// The number of names that may still be compared.
    private(set) var namesLeft: Int

    /// Expands a pattern.
    ///
    /// - Parameters:
    ///   - pattern: A path with `*`, `?` and `[...]`, none of which matches a slash or a leading dot.
    ///   - limit: The maximum number of directory entries that are compared.
    init(_ pattern: String, limit: Int) {
        self.namesLeft = limit
        // `*/` matches no file, so it is read as `*/.`.
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

    /// Records an error, unless it means that the path does not exist.
    private mutating func note(_ number: Int32, at path: String) {
        if number != ENOENT, number != ENOTDIR { self.obstacles.append((path, number)) }
    }
}
