/// The members of JSON objects that a source file encodes.
enum JSONKeys {
    /// Returns the names of the coding keys in a text, and the properties of encodable types without such keys.
    static func names(in text: String) -> [String] {
        let declaration =
            /(?m)^(?: *)(?:public |private |fileprivate |final )*struct (\w+): [^{\n]*\b(?:Encodable|Codable)\b[^{\n]*\{\n/
        var names = text.matches(of: /enum CodingKeys: String, CodingKey \{\n([^}]*)\}/).flatMap {
            self.cases(in: $0.output.1)
        }
        for match in text.matches(of: declaration) {
            let body = self.body(text[match.range.upperBound...])
            guard !body.contains("CodingKey"), !self.hasKeysOutside(match.output.1, in: text) else { continue }
            names += body.matches(of: /(?m)^ +(?:@\w+ )?(?:public )?(?:private\(set\) )?(?:let|var) (\w+): [^{\n]*$/)
                .map { String($0.output.1) }
        }
        return names
    }

    /// The names of the cases, with their raw values where they have some.
    private static func cases(in body: Substring) -> [String] {
        body.split(separator: "\n").flatMap { line -> [String] in
            guard let start = line.firstMatch(of: /^ *case\b/) else { return [] }
            return line[start.range.upperBound...].split(separator: ",").map { word in
                if let raw = word.firstMatch(of: /= "(\w+)"/) { return String(raw.output.1) }
                return String(word.drop { $0 == " " })
            }
        }
    }

    /// Whether an extension in the file names the coding keys of a type or encodes it by hand.
    private static func hasKeysOutside(_ type: Substring, in text: String) -> Bool {
        guard let start = try? Regex("extension (\\w+\\.)?\(type)[^{\n]*\\{\n") else { return false }
        return text.matches(of: start).contains { match in
            let body = self.body(text[match.range.upperBound...])
            return body.contains("CodingKey") || body.contains("func encode(")
        }
    }

    /// The text up to the brace that ends the declaration.
    private static func body(_ text: Substring) -> Substring {
        var depth = 1
        for index in text.indices {
            if text[index] == "{" { depth += 1 }
            if text[index] == "}" { depth -= 1 }
            if depth == 0 { return text[..<index] }
        }
        return text
    }
}
