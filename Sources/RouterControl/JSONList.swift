import NetBIOSRouter
import RouteConfig

/// JSON of lists of any length, a few elements at a time: the encoder takes several times the memory of its text.
enum JSONList {
    /// Elements that are encoded together.
    private static let step = 100

    /// Appends the JSON of a list as ``JSONText/of(_:)`` has it, `depth` levels within other values.
    static func append(_ list: [some Encodable], to text: inout ChunkedText, depth: Int = 0) throws {
        guard !list.isEmpty else { return text += self.empty }
        for start in stride(from: 0, to: list.count, by: self.step) {
            let part = Array(list[start..<min(start + self.step, list.count)])
            // Without its brackets, and the line end before the last.
            let elements = String(try JSONText.of(part).dropFirst().dropLast(2))
            text += (start == 0 ? "[" : ",") + self.indented(elements, by: depth)
        }
        text += self.indented("\n]", by: depth)
    }

    /// The JSON of a list without elements.
    static let empty = "[]"

    /// The JSON of a list, with a line end.
    static func document(_ list: [some Encodable]) throws -> ChunkedText {
        var text = ChunkedText()
        try self.append(list, to: &text)
        text += "\n"
        return text
    }

    /// The JSON of a value, its lines after the first indented. Line ends are outside of strings.
    private static func indented(_ json: String, by depth: Int) -> String {
        depth == 0 ? json : json.replacing("\n", with: "\n" + String(repeating: "  ", count: depth))
    }
}

extension StatusReport {
    /// The JSON of the report, as ``JSONText/of(_:)`` has it, with a line end.
    func json() throws -> ChunkedText {
        var text = ChunkedText(), short = self.router
        short.routes = []
        short.backends = []
        // The members in their order; the long lists have markers, which are the members without elements.
        let frame = try JSONText.of(StatusReport(version: self.version, router: short))
        var rest = frame[...]
        func appendList(_ key: String, _ list: [some Encodable]) throws {
            let member = "\n  \"\(key)\": "
            guard let place = rest.firstRange(of: member + JSONList.empty) else { return }
            text += String(rest[..<place.lowerBound]) + member
            try JSONList.append(list, to: &text, depth: 1)
            rest = rest[place.upperBound...]
        }
        try appendList("backends", self.router.backends)
        try appendList("routes", self.router.routes)
        text += rest + "\n"
        return text
    }
}
