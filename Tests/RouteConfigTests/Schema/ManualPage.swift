import RouteConfig

/// The keys in routes.yaml(5), parsed from its mdoc.
struct ManualPage {
    /// A key on the page.
    struct Entry {
        /// The heading and the name, as in ``Key/path``.
        var path: String
        /// The macros after the colon of `.It Cm key : Cm one | two`.
        var notation: String
        var fallback = KeyDefault.unspecified
    }

    /// In the order of the page.
    private(set) var entries: [Entry] = []
    /// The paths of the sections that have a heading.
    private(set) var sections: [String] = []

    /// Reads a page of this repository; `nil` when it is not there.
    init?(path: String) {
        guard let text = Repository.text(of: path) else { return nil }
        var prefix: String?
        var isDefaultNext = false
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if line.hasPrefix(".Sh ") { prefix = nil }
            if line.hasPrefix(".Ss ") {
                let section = line == ".Ss Top level" ? "" : words[1]
                let isKnown = KeyTable.sections.contains { $0.path == section }
                if isKnown { self.sections.append(section) }
                prefix = isKnown ? section + (section.isEmpty ? "" : ".") : nil
            }
            guard let prefix else { continue }
            if words.starts(with: [".It", "Cm"]), words.count > 4, words[3] == ":" {
                self.entries.append(Entry(path: prefix + words[2], notation: words[4...].joined(separator: " ")))
            }
            guard let last = self.entries.indices.last else { continue }
            if isDefaultNext, [".Li", ".Cm", ".Pa"].contains(words[0]) {
                let value = words[1...].filter { $0 != "." }.joined(separator: " ")
                self.entries[last].fallback = .text(value.hasSuffix(",") ? String(value.dropLast(2)) : value)
            } else if line.hasPrefix("Default: "), line.hasSuffix(".") {
                self.entries[last].fallback = .meaning(String(line.dropFirst(9).dropLast()))
            } else if line == "Required." {
                self.entries[last].fallback = .required
            }
            isDefaultNext = line == "Default:"
        }
    }
}

extension ValueType {
    /// The page's notation of the type, after the colon; empty for a section, which has a heading instead.
    var manualNotation: String {
        switch self {
        case .section: ""
        case .list(let entry, _): "Ar list of \(entry.manualPlural)"
        case .mappings(let section): "Ar list of \(section.path)"
        case .ipv4Address: "Ar address"
        case .network: "Ar network"
        case .port: "Ar port"
        case .interface: "Ar interface"
        case .boolean: "Cm true | false"
        case .choice(let words): "Cm " + words.joined(separator: " | ")
        case .duration: "Ar duration"
        case .count: "Ar count"
        case .name: "Ar name"
        case .scope: "Ar scope"
        case .suffix: "Ar suffix"
        case .backend: "Ar host Ns Op : Ns Ar port"
        case .path, .pattern: "Ar path"
        case .endpoint: "Ar address : Ns Ar port"
        case .optional(let type): type.manualNotation
        }
    }

    private var manualPlural: String {
        switch self {
        case .backend: "hosts"
        case .ipv4Address: "addresses"
        case .suffix: "suffixes"
        case .section, .list, .mappings, .network, .port, .interface, .boolean, .choice, .duration, .count, .name,
            .scope, .path, .pattern, .endpoint, .optional:
            self.manualNotation.dropFirst("Ar ".count) + "s"
        }
    }
}
