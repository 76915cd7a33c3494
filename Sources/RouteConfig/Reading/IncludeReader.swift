extension ConfigurationReader {
    /// Reads the files that `include` lists, each once, in the order of the patterns and sorted within each.
    mutating func readIncludes(_ draft: inout FileDraft, directory: String) {
        if !draft.isKnown(\.include) { self.isIncomplete = true }
        guard let patterns = draft.include else { return }
        let mainFile = self.identities
        for pattern in patterns.items {
            let full = pattern.value.hasPrefix("/") ? pattern.value : directory + pattern.value
            let isPattern = pattern.value.contains { "*?[".contains($0) }
            // In a path without wildcards no directory name is treated as a pattern.
            for path in isPattern ? self.paths(matching: full, of: pattern) : [full] {
                guard self.sources.count <= self.limits.files else {
                    self.report(.include(.tooManyFiles(limit: self.limits.files)), at: pattern.range)
                    self.isIncomplete = true
                    return
                }
                self.readInclude(path, pattern: pattern, isPattern: isPattern, mainFile: mainFile, into: &draft)
            }
        }
    }

    /// Returns the files that a pattern matches. Reports directories that cannot be read, since files may be missing.
    private mutating func paths(matching path: String, of pattern: Located<String>) -> [String] {
        let matches = PathPattern(path, limit: self.namesLeft)
        self.namesLeft = matches.namesLeft
        self.patternDirectories.formUnion(matches.directories)
        for obstacle in matches.obstacles {
            self.isIncomplete = true
            let reason = FileAccess.reason(obstacle.number)
            self.report(.include(.unreadable(obstacle.path, reason: reason)), at: pattern.range)
        }
        if matches.isCut {
            self.isIncomplete = true
            self.report(.include(.patternTooWide(pattern.value, limit: self.limits.names)), at: pattern.range)
            return []
        }
        if matches.paths.isEmpty, matches.obstacles.isEmpty {
            self.report(.include(.matchesNothing(pattern.value)), at: pattern.range)
        }
        return matches.paths
    }

    /// Reads an included file that has not been read before.
    private mutating func readInclude(
        _ path: String,
        pattern: Located<String>,
        isPattern: Bool,
        mainFile: Set<FileIdentity>,
        into draft: inout FileDraft
    ) {
        let identity: FileIdentity
        do throws(FileAccessError) {
            identity = try FileAccess.identity(path)
        } catch {
            self.isIncomplete = true
            if error.meansNothingThere {
                self.report(.include(.notFound(isPattern ? path : pattern.value)), at: pattern.range)
            } else {
                let reason = FileAccess.reason(error.number)
                self.report(.include(.unreadable(path, reason: reason)), at: pattern.range)
            }
            return
        }
        // `routes.d/*` also matches directories, which are skipped.
        if isPattern, identity.isDirectory { return }
        guard !mainFile.contains(identity) else {
            self.report(.include(.cycle(pattern.value)), at: pattern.range)
            return
        }
        guard self.identities.insert(identity).inserted else { return }
        let content = FileAccess.read(path, limit: self.bytesLeft)
        guard let document = self.parse(content, name: path, from: pattern.range),
            let root = document.root, !root.isEmpty
        else { return }
        guard case .mapping(let entries) = root.content else {
            self.isIncomplete = true
            self.reportWrongType(
                "the included file",
                expected: "a mapping with `routes`",
                root,
                help: "begin the file with `routes:`"
            )
            return
        }
        for entry in entries {
            let row = KeyTable.file.list.position(of: entry.key).map { KeyTable.file.rows[$0] }
            if let row, row.key.isIncludable {
                row.read(entry, with: &self, into: &draft)
            } else {
                self.report(.include(.key(entry.key, known: row != nil)), at: entry.keyRange)
                if row == nil { self.isIncomplete = true }
            }
        }
    }
}
