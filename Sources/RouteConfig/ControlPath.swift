import Glibc

/// The control socket's path as a routes file gives it, even if the rest of the file is invalid.
public struct ControlPath: Hashable, Sendable {
    /// The path; `nil` for `none`.
    public let path: String?
    /// Whether the file has the key; otherwise the path is the default.
    public let isWritten: Bool
    /// The reason why the file cannot be read; `nil` where it can.
    public let obstacle: String?

    /// Reads the key `control` of the main file, and nothing else.
    ///
    /// The default applies if the file cannot be read or lacks the key: the router may be running with an older file.
    public init(ofFile file: String) {
        var reader = ConfigurationReader()
        let content = FileAccess.read(file, limit: reader.bytesLeft, until: reader.end)
        let written = reader.controlPath(ofFile: content)
        self.path = written ?? RouterConfiguration().control
        self.isWritten = written != nil
        self.obstacle = content.obstacle
    }
}

extension ConfigurationReader {
    /// Returns the value of `control` in a file, `.some(nil)` for `none`, or `nil` if it is missing or invalid.
    ///
    /// In a file that is not YAML the key is searched for line by line.
    fileprivate mutating func controlPath(ofFile content: FileAccess.Content) -> String?? {
        if let path = self.controlPath(in: content) { return path }
        guard case .bytes(let bytes) = content,
            let line = bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") })
                .first(where: { $0.starts(with: "\(KeyTable.control.key.name):".utf8) })
        else { return nil }
        return self.controlPath(in: .bytes(Array(line)))
    }

    private mutating func controlPath(in content: FileAccess.Content) -> String?? {
        guard let root = self.parse(content, name: "", from: nil)?.root, case .mapping(let entries) = root.content,
            let entry = entries.first(where: { $0.key == KeyTable.control.key.name })
        else { return nil }
        var draft = FileDraft()
        KeyTable.control.read(entry, with: &self, into: &draft)
        return draft.isKnown(\.configuration.control) ? .some(draft.configuration.control) : nil
    }
}

extension FileAccess.Content {
    /// The reason why there are no bytes; `nil` where there are.
    fileprivate var obstacle: String? {
        switch self {
        case .bytes: nil
        case .tooLarge: "file too large"
        case .irregular: "not a regular file"
        case .directory: FileAccess.reason(EISDIR).lowercased()
        case .failed(let number): FileAccess.reason(number).lowercased()
        }
    }
}
