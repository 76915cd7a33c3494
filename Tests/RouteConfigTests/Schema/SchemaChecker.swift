import RouteConfig

/// Validates values against the schema that `nbrouter schema` prints, with the keywords that it uses.
struct SchemaChecker {
    let root: EditorValue

    /// Parses the printed schema; `nil` if it is not JSON.
    init?() {
        guard let text = try? JSONSchema.text, let root = EditorValue(text: text, version: .yaml12) else { return nil }
        self.root = root
    }

    /// Returns the problems of a file, with both type inferences.
    func problems(inFile text: String) -> [String] {
        EditorValue.Version.allCases.flatMap { version in
            EditorValue(text: text, version: version).map { self.problems(in: $0, self.root, at: "") }
                ?? ["no YAML: \(text)"]
        }
    }

    /// The schema of the key at a path such as `routes.name`.
    func schema(of key: Key) -> EditorValue? {
        let section = key.sectionPath.split(separator: ".").reduce(self.root) { schema, name in
            schema?["properties"]?[String(name)].map { $0["items"] ?? $0 }
        }
        return section?["properties"]?[key.name]
    }

    /// The names under `properties` of every mapping, as paths.
    var paths: [String] { self.paths(in: self.root, prefix: "") }

    private func paths(in schema: EditorValue, prefix: String) -> [String] {
        guard case .object(let properties)? = schema["properties"] else { return [] }
        return properties.flatMap { name, property in
            [prefix + name] + self.paths(in: property["items"] ?? property, prefix: prefix + name + ".")
        }
    }

    private func problems(in value: EditorValue, _ schema: EditorValue, at place: String) -> [String] {
        guard case .object(let keywords) = schema else { return ["\(place): the schema is no object"] }
        return keywords.flatMap { keyword, rule in
            let found = self.problems(in: value, keyword, rule, keywords, at: place)
            return found.map { "\(place) (\(keyword)): \($0)" }
        }
    }

    /// Returns the problems that one keyword finds.
    private func problems(
        in value: EditorValue,
        _ keyword: String,
        _ rule: EditorValue,
        _ keywords: [String: EditorValue],
        at place: String
    ) -> [String] {
        switch (keyword, value) {
        case ("$schema", _), ("title", _), ("patternErrorMessage", _), ("description", _), ("default", _), ("$defs", _),
            ("then", _), ("else", _):
            return []
        case ("$ref", _):
            guard let name = rule.string?.split(separator: "/").last, let shared = self.root["$defs"]?[String(name)]
            else { return ["refers to nothing"] }
            return self.problems(in: value, shared, at: place)
        case ("type", _):
            let types = rule.string.map { [$0] } ?? rule.elements.compactMap(\.string)
            return types.contains(where: value.has(type:)) ? [] : ["\(value) is none of \(types)"]
        case ("enum", _): return rule.elements.contains(value) ? [] : ["\(value) is none of \(rule.elements)"]
        case ("if", _):
            let branch = keywords[self.problems(in: value, rule, at: place).isEmpty ? "then" : "else"]
            return branch.map { self.problems(in: value, $0, at: place) } ?? ["no branch"]
        case ("anyOf", _), ("oneOf", _):
            let count = rule.elements.count { self.problems(in: value, $0, at: place).isEmpty }
            return count == 1 || keyword == "anyOf" && count > 0 ? [] : ["\(count) hold"]
        case ("properties", .object(let members)):
            return members.flatMap { name, member in
                rule[name].map { self.problems(in: member, $0, at: "\(place).\(name)") } ?? []
            }
        case ("additionalProperties", .object(let members)):
            let unknown = members.keys.filter { keywords["properties"]?[$0] == nil }
            return rule == .boolean(false) ? unknown.map { "unknown key \($0)" } : ["not closed"]
        case ("required", .object(let members)):
            return rule.elements.compactMap(\.string).filter { members[$0] == nil }.map { "no \($0)" }
        case ("items", .array(let elements)):
            return elements.flatMap { self.problems(in: $0, rule, at: "\(place)[]") }
        case ("minItems", .array(let elements)): return self.holds(rule) { elements.count >= $0 }
        case ("maxItems", .array(let elements)): return self.holds(rule) { elements.count <= $0 }
        case ("minimum", .integer(let number)): return self.holds(rule) { number >= $0 }
        case ("maximum", .integer(let number)): return self.holds(rule) { number <= $0 }
        case ("minLength", .string(let text)): return self.holds(rule) { text.unicodeScalars.count >= $0 }
        case ("maxLength", .string(let text)): return self.holds(rule) { text.unicodeScalars.count <= $0 }
        case ("pattern", .string(let text)):
            guard let pattern = rule.string, let regex = try? Regex(pattern) else { return ["no pattern"] }
            return text.firstMatch(of: regex) == nil ? ["\(text) does not match \(pattern)"] : []
        // Each applies to one type of values, and is ignored for others.
        case ("properties", _), ("additionalProperties", _), ("required", _), ("items", _), ("minItems", _),
            ("maxItems", _), ("minimum", _), ("maximum", _), ("minLength", _), ("maxLength", _), ("pattern", _):
            return []
        default: return ["this checker does not know the keyword"]
        }
    }

    /// Returns a problem unless a limit holds.
    private func holds(_ rule: EditorValue, _ condition: (Int) -> Bool) -> [String] {
        if case .integer(let limit) = rule, condition(limit) { [] } else { ["out of the limit \(rule)"] }
    }
}

extension SchemaChecker {
    /// Whether `null` is one of the types that a key's value may look like.
    func takesNull(_ key: Key) -> Bool {
        self.schema(of: key).map { self.problems(in: .null, $0, at: "").isEmpty } ?? false
    }
}
