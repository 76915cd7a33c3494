extension ConfigurationReader {
    /// Reads the files that `include` names, each once, in the order of the patterns and sorted within each.
    ///
    /// Ends early where a limit of the load is reached: files, bytes, time or errors.
    mutating func readIncludes(_ draft: inout FileDraft, directory: String) {
        if !draft.isKnown(\.include) { self.isIncomplete = true }
        guard let patterns = draft.include else { return }
        let mainFile = self.identities
        for pattern in patterns.items {
            let full = pattern.value.hasPrefix("/") ? pattern.value : directory + pattern.value
            let isPattern = pattern.value.contains { "*?[".contains($0) }
            // In a path without wildcards no directory name is treated as a pattern.
            for path in isPattern ? self.paths(matching: full, of: pattern) : [full] {
                guard !self.isFull, self.hasTime(for: pattern) else { return }
                self.readInclude(path, pattern: pattern, isPattern: isPattern, mainFile: mainFile, into: &draft)
                guard self.filesLeft >= 0, !self.isTooLarge else { return }
            }
            guard self.hasTime(for: pattern) else { return }
        }
    }

    /// Whether the load may go on; reports that its time is over.
    private mutating func hasTime(for pattern: Located<String>) -> Bool {
        guard ContinuousClock.now >= self.end else { return true }
        self.isIncomplete = true
        self.report(.include(.tooSlow(limit: self.limits.time)), at: pattern.range)
        return false
    }

    /// The files that a pattern matches. A place that it could not look into is reported: files may be missing.
    private mutating func paths(matching path: String, of pattern: Located<String>) -> [String] {
        let matches = PathPattern(path, limit: self.namesLeft, until: self.end)
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
        // Which is reported by the caller.
        if matches.isLate { return [] }
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
        self.filesLeft -= 1
        guard self.filesLeft >= 0 else {
            self.report(.include(.tooManyFiles(limit: self.limits.files)), at: pattern.range)
            self.isIncomplete = true
            return
        }
        // To open a device may have effects; to open a pipe may wait.
        let content: FileAccess.Content =
            identity.isRegular || identity.isDirectory
            ? FileAccess.read(path, limit: self.bytesLeft, isRegular: true, until: self.end) : .irregular
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
        for entry in entries where !self.isFull {
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
