import Foundation

/// A manual page of this repository, in mdoc.
struct ManualPage {
    let name: String
    let text: String

    /// Reads a page.
    ///
    /// - Parameter name: The file in `man/`, such as `nbrouter.8`.
    /// - Throws: When it cannot be read.
    init(_ name: String) throws {
        self.name = name
        self.text = try String(contentsOf: Repository.top.appending(path: "man/\(name)"), encoding: .utf8)
    }

    /// Every page, sorted by name.
    static func all() throws -> [ManualPage] {
        let names = try FileManager.default.contentsOfDirectory(atPath: Repository.top.appending(path: "man").path)
        return try names.filter { $0.contains(/\.[1-9]$/) }.sorted().map { try ManualPage($0) }
    }

    /// The lines of a section, from its heading to the next one.
    func section(_ heading: String) -> ArraySlice<Substring> {
        let lines = self.text.split(separator: "\n")
        guard let start = lines.firstIndex(of: ".Sh \(heading)") else { return [] }
        return lines[(start + 1)...].prefix { !$0.hasPrefix(".Sh ") }
    }

    /// The heads of the list items of a section, without macros and quotes.
    func items(in heading: String) -> [String] {
        self.section(heading).filter { $0.hasPrefix(".It ") }.map { line in
            let words = line.dropFirst(4).split(separator: " ").filter { !["Cm", "Li", "Pq"].contains($0) }
            return words.joined(separator: " ").replacing("\"", with: "").replacing("\\&", with: "")
        }
    }

    /// The commands of `nbrouter` that can be copied, each up to a pipe or redirection, in words.
    var commands: [[String]] {
        self.text.split(separator: "\n").compactMap { line in
            let command = line.hasPrefix(".Dl ") || line.hasPrefix(".Li ") ? line.dropFirst(4) : line
            guard command.hasPrefix("nbrouter ") else { return nil }
            let words = command.replacing(/\s[.,;:]$/, with: "").prefix { $0 != "|" && $0 != ">" }.split(separator: " ")
            return words.dropFirst().map { String($0).replacing("'", with: "") }
        }
    }

    /// The headings of sections and subsections.
    var headings: [String] {
        self.text.split(separator: "\n").filter { $0.hasPrefix(".Sh ") || $0.hasPrefix(".Ss ") }
            .map { String($0.dropFirst(4)).replacing("\"", with: "") }
    }

    /// The page as messages call it, such as `nbrouter(8)`.
    var reference: String { "\(self.name.dropLast(2))(\(self.name.suffix(1)))" }

    /// The words of every macro line, without their punctuation.
    var macroWords: Set<String> {
        let lines = self.text.split(separator: "\n").filter { $0.hasPrefix(".") }
        return Set(lines.flatMap { $0.split(separator: " ").map(String.init) })
    }
}

/// The files of this repository.
enum Repository {
    static let top = URL(filePath: #filePath).appending(path: "../../../..").standardized

    /// The text of every Swift file of the program, by its path from `Sources/`.
    static func sources() throws -> [(path: String, text: String)] {
        try self.texts(in: "Sources").filter { $0.path.hasSuffix(".swift") }
    }

    /// The text of every file in a folder, by its path from there.
    static func texts(in folder: String) throws -> [(path: String, text: String)] {
        let folder = self.top.appending(path: folder)
        return try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted().compactMap { path in
            let file = folder.appending(path: path)
            guard !file.hasDirectoryPath, let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
            return (path, text)
        }
    }
}
