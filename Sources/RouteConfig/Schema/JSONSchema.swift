/// The JSON Schema of routes.yaml (draft 2020-12), for editors: what ``KeyTable`` says, in their language.
///
/// An editor gives plain scalars a type before the schema sees them, while the loader reads text: `NO` and `0123` are
/// names to the one and may be a truth value and a number to the other. So the schema accepts each type that an editor,
/// by YAML 1.1 or 1.2, may take a valid value for. Whatever the loader accepts, the schema accepts; the reverse is not
/// promised, as a schema cannot say that a default route exists.
///
/// Editors differ in how much of the draft they know, so nothing newer than `$defs` is used beside draft 7.
public enum JSONSchema {
    /// The schema as JSON, with a line end behind it. The same on every machine.
    public static var text: String { self.schema.text() + "\n" }

    private static var schema: JSONValue {
        var members: [JSONMember] = [
            .init(name: "$schema", value: .string("https://json-schema.org/draft/2020-12/schema")),
            .init(name: "title", value: .string("routes.yaml")),
            .init(name: "description", value: .string("Configuration of the NetBIOS router nbrouter.")),
        ]
        members += self.members(of: KeyTable.file.list.section)
        let types = ValueSchema.sharedTypes
        members.append(
            .init(
                name: "$defs",
                value: .object(types.map { JSONMember(name: $0.name, value: .object($0.type.scalarMembers)) })
            )
        )
        return .object(members)
    }

    /// What a mapping with the keys of a section must be.
    private static func members(of section: KeySection) -> [JSONMember] {
        let properties = KeyTable.keys(in: section).map { JSONMember(name: $0.name, value: self.schema(of: $0)) }
        // A section with all its keys commented out has no value, and means its defaults.
        let type: JSONValue = section.mayBeEmpty ? .strings(["object", "null"]) : .string("object")
        var members: [JSONMember] = [
            .init(name: "type", value: type),
            .init(name: "properties", value: .object(properties)),
            .init(name: "additionalProperties", value: .boolean(false)),
        ]
        let required = KeyTable.keys(in: section).filter { $0.fallback == .required }
        if !required.isEmpty { members.append(.init(name: "required", value: .strings(required.map(\.name)))) }
        switch section.requirement {
        case .anyOf(let names)?: members.append(self.requirement("anyOf", names))
        case .oneOf(let names)?: members.append(self.requirement("oneOf", names))
        case nil: break
        }
        return members
    }

    /// That any one of some keys, or exactly one, must be there.
    private static func requirement(_ keyword: String, _ names: [String]) -> JSONMember {
        .init(name: keyword, value: .array(names.map { .object(["required": .strings([$0])]) }))
    }

    /// What is known of one key.
    private static func schema(of key: Key) -> JSONValue {
        var members = [JSONMember(name: "description", value: .string(key.help))]
        if let text = key.defaultText {
            members.append(.init(name: "default", value: key.type.value(ofDefault: text)))
        }
        switch key.type {
        case .section(let section): members += self.members(of: section)
        case .mappings(let section):
            members.append(.init(name: "type", value: .strings(["array", "null"])))
            members.append(.init(name: "items", value: .object(self.members(of: section))))
        case .list(let entry, let count): members += ValueSchema.list(of: entry, count: count)
        case .ipv4Address, .network, .port, .interface, .boolean, .choice, .duration, .count, .name, .scope, .suffix,
            .backend, .path, .endpoint, .pattern, .optional:
            members += key.type.members
        }
        return .object(members)
    }
}
