import RouteConfig

/// The keys of routes.yaml(5), out of its mdoc.
struct ManualPage {
    /// A key as the page has it.
    struct Entry {
        var section: KeySection
        var name: String
        /// The words behind the colon of `.It Cm key : Cm one | two`.
        var words: [String]
        /// What stands behind `Default:` as text of the file.
        var defaultText: String?
    }

    /// In the order of the page.
    private(set) var entries: [Entry] = []

    /// Reads a page of this repository; `nil` when it is not there.
    init?(path: String) {
        guard let text = Repository.text(of: path) else { return nil }
        var section: KeySection?
        var isDefaultNext = false
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if line.hasPrefix(".Sh ") { section = nil }
            if line.hasPrefix(".Ss ") { section = line == ".Ss Top level" ? .file : Self.section(words[1]) }
            guard let section else { continue }
            if words.starts(with: [".It", "Cm"]), words.count > 3, words[3] == ":" {
                let isChoice = words.count > 4 && words[4] == "Cm"
                let choices = isChoice ? words[5...].filter { $0 != "|" } : []
                self.entries.append(Entry(section: section, name: words[2], words: choices))
            }
            if isDefaultNext, [".Li", ".Cm", ".Pa"].contains(words[0]), !self.entries.isEmpty {
                let value = words[1...].filter { $0 != "." }.joined(separator: " ")
                self.entries[self.entries.count - 1].defaultText =
                    value.hasSuffix(",") ? String(value.dropLast(2)) : value
            }
            isDefaultNext = line == "Default:"
        }
    }

    /// The section of a heading; route keys are under `routes`.
    private static func section(_ heading: String) -> KeySection? {
        heading == "routes" ? .route : KeySection(rawValue: heading)
    }
}
