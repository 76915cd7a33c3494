/// The JSON Schema of routes.yaml (draft 2020-12) for editors, derived from ``KeyTable``.
///
/// An editor types plain scalars before the schema sees them, while the loader reads text: `NO` and `0123` are names to
/// the loader, and may be a boolean and a number to the editor. So the schema accepts each type that an editor may
/// infer for a valid value by YAML 1.1 or 1.2. The schema accepts whatever the loader accepts; the reverse does not
/// hold, since a schema cannot express that a default route exists.
///
/// Editors support different parts of the draft, so nothing newer than draft 7 is used except `$defs`.
public enum JSONSchema {
    /// The schema as JSON with a trailing newline. The same on every machine.
    public static var text: String {
        get throws { try JSONText.of(self.schema) + "\n" }
    }

    private static var schema: [String: SchemaValue] {
        var members = self.members(of: KeyTable.file.list.section)
        members["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        members["title"] = "routes.yaml"
        members["description"] = "Configuration of the NetBIOS router nbrouter."
        members["$defs"] = .object(ValueSchema.sharedTypes.mapValues { .object($0.scalarMembers) })
        return members
    }

    /// Returns the schema of a section's mapping.
    private static func members(of section: KeySection) -> [String: SchemaValue] {
        let keys = KeyTable.keys(in: section)
        var members: [String: SchemaValue] = [
            // A section with all keys commented out is null, and has the defaults.
            "type": section.mayBeEmpty ? .strings(["object", "null"]) : "object",
            "properties": .object(Dictionary(keys.map { ($0.name, self.schema(of: $0)) }) { first, _ in first }),
            "additionalProperties": false,
        ]
        let required = keys.filter { $0.fallback == .required }
        if !required.isEmpty { members["required"] = .strings(required.map(\.name)) }
        switch section.requirement {
        case .anyOf(let names)?: members["anyOf"] = self.requirement(names)
        case .oneOf(let names)?: members["oneOf"] = self.requirement(names)
        case nil: break
        }
        return members
    }

    /// Returns alternatives that each require one of the keys.
    private static func requirement(_ names: [String]) -> SchemaValue {
        .array(names.map { ["required": .strings([$0])] })
    }

    /// Returns the schema of a key.
    private static func schema(of key: Key) -> SchemaValue {
        var members: [String: SchemaValue]
        switch key.type {
        case .section(let section): members = self.members(of: section)
        case .mappings(let section):
            members = ["type": .strings(["array", "null"]), "items": .object(self.members(of: section))]
        case .list(let entry, let count): members = ValueSchema.list(of: entry, count: count)
        case .ipv4Address, .network, .port, .interface, .boolean, .choice, .duration, .count, .name, .scope, .suffix,
            .backend, .path, .endpoint, .pattern, .optional:
            members = key.type.members
        }
        members["description"] = .string(key.help)
        members["default"] = key.defaultText.map(key.type.value(ofDefault:))
        return .object(members)
    }
}
