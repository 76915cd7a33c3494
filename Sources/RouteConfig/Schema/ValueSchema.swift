import NetBIOS

/// JSON Schema fragments of the value types.
enum ValueSchema {
    /// Types shared by several keys, by their names under `$defs`.
    static let sharedTypes: [String: ValueType] = [
        "address": .ipv4Address, "network": .network, "interface": .interface, "port": .port, "name": .name,
        "suffix": .suffix, "backend": .backend, "path": .pattern,
    ]

    /// Returns the schema of a list of values, or of one value without the brackets.
    static func list(of entry: ValueType, count: ClosedRange<Int>) -> [String: SchemaValue] {
        var list: [String: SchemaValue] = ["items": .object(entry.members)]
        if count.lowerBound > 0 { list["minItems"] = .integer(count.lowerBound) }
        if count.upperBound < .max { list["maxItems"] = .integer(count.upperBound) }
        // With `anyOf` an editor could not show which part is wrong.
        return ["if": ["type": "array"], "then": .object(list), "else": .object(entry.members)]
    }

    /// The types that an editor may infer for a plain text.
    fileprivate static let anyScalar = SchemaValue.strings(["string", "number", "boolean", "null"])

    /// A number from 0 to 255 without leading zeros.
    private static let byte = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    fileprivate static let address = "\(byte)(\\.\(byte)){3}"
    fileprivate static let port = "[1-9][0-9]{0,4}"
    /// The characters of a NetBIOS name without the space, which may not be first or last.
    private static let nameCharacters = #"!#-)\-.0-9@-Z^-{}~"#
    fileprivate static let name = "[\(nameCharacters)]([\(nameCharacters) ]*[\(nameCharacters)])?"
    /// A label of a scope: printable, without space and dot.
    private static let label = #"[!-\-/-~]{1,63}"#
    fileprivate static let scope = "(\(label)(\\.\(label))*)?"
}

extension ValueType {
    /// The schema of a value: a reference to a shared type if there is one.
    var members: [String: SchemaValue] {
        if let name = ValueSchema.sharedTypes.first(where: { $0.value == self })?.key {
            return ["$ref": .string("#/$defs/\(name)")]
        }
        return self.scalarMembers
    }

    /// The schema of a scalar, written out.
    var scalarMembers: [String: SchemaValue] {
        var members = Self.scalar(self, orNone: false)
        guard members["pattern"] != nil else { return members }
        // Not part of the draft, which allows it; the language servers of VS Code show it instead of the pattern.
        let such = self.example.map { ", such as \($0)" } ?? ""
        members["patternErrorMessage"] = .string("Expected \(self.phrase)\(such).")
        return members
    }

    /// An example, for types whose form is not evident.
    private var example: String? {
        switch self {
        case .optional(let type): type.example
        case .ipv4Address: "192.0.2.1"
        case .network: "192.0.2.0/24"
        case .interface: "eth0 or 192.0.2.0/24"
        case .duration: "250ms, 10s, 5m, 2h or 3d"
        case .name: "XYKON-2"
        case .scope: "example.com"
        case .suffix: "0x20"
        case .backend: "nas1.example.com, 192.0.2.10:445 or \"[2001:db8::1]:445\""
        case .path: "/run/nbrouter/control.sock"
        case .endpoint: "127.0.0.1:9137"
        case .section, .list, .mappings, .port, .boolean, .choice, .count, .pattern: nil
        }
    }

    /// Returns the keywords of a scalar. Patterns apply to strings only and limits to numbers only, so one level
    /// suffices.
    private static func scalar(_ type: ValueType, orNone: Bool) -> [String: SchemaValue] {
        switch type {
        case .optional(let value): return self.scalar(value, orNone: true)
        case .ipv4Address: return self.text(ValueSchema.address, orNone)
        case .network: return self.text("\(ValueSchema.address)(/(3[0-2]|[12]?[0-9]))?", orNone)
        case .endpoint:
            return self.text("(\(ValueSchema.address)|\\[[0-9A-Fa-f:.]+\\]):\(ValueSchema.port)", orNone)
        case .port:
            return self.number(1...Int(UInt16.max), pattern: ValueSchema.port, orNone)
        case .count(let maximum): return self.number(1...maximum, pattern: "[1-9][0-9]{0,8}", orNone)
        case .suffix: return self.number(0...Int(UInt8.max), pattern: "0[xX][0-9A-Fa-f]{1,2}", orNone)
        case .duration:
            // At most nine digits; the minimum depends on the unit, which a pattern cannot express.
            return self.text("(?=[0-9]{1,9}[a-z])0*[1-9][0-9]*(ms|s|m|h|d)", orNone)
        case .boolean: return self.text("(true|false)", orNone, types: .strings(["boolean", "string"]))
        case .choice(let choices):
            return ["type": "string", "enum": .strings(orNone ? choices + ["none"] : choices)]
        case .name:
            return self.text(
                ValueSchema.name,
                orNone,
                types: ValueSchema.anyScalar,
                ["maxLength": .integer(NetBIOSName.maximumTextLength)]
            )
        case .scope:
            return self.text(
                ValueSchema.scope,
                orNone,
                types: ValueSchema.anyScalar,
                ["maxLength": .integer(Scope.maximumTextLength)]
            )
        case .interface: return self.text("[!-9;-~]{1,18}", orNone, types: ValueSchema.anyScalar)
        case .backend: return self.text(#"[0-9A-Za-z._:%\[\]\-]+"#, orNone, types: ValueSchema.anyScalar)
        case .pattern:
            return ["type": ValueSchema.anyScalar, "minLength": .integer(1)]
        case .path:
            return [
                "type": "string",
                "pattern": .string(orNone ? "^(none$|/)" : "^/"),
                "maxLength": .integer(PathFlaw.maximumLength),
            ]
        // Not scalars: their schema is that of the section or the entries.
        case .section, .list, .mappings: return [:]
        }
    }

    /// Returns the schema of a text that matches a pattern as a whole.
    private static func text(
        _ pattern: String,
        _ orNone: Bool,
        types: SchemaValue = "string",
        _ further: [String: SchemaValue] = [:]
    ) -> [String: SchemaValue] {
        let members: [String: SchemaValue] = [
            "type": types, "pattern": .string(orNone ? "^(none|\(pattern))$" : "^\(pattern)$"),
        ]
        return members.merging(further) { first, _ in first }
    }

    /// Returns the schema of a number or its quoted form.
    private static func number(
        _ range: ClosedRange<Int>,
        pattern: String,
        _ orNone: Bool
    ) -> [String: SchemaValue] {
        self.text(
            pattern,
            orNone,
            types: .strings(["integer", "string"]),
            ["minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        )
    }

    /// Returns a default as an editor inserts it: a number if the loader reads digits, otherwise a string.
    func value(ofDefault text: String) -> SchemaValue {
        switch self {
        case .list(let entry, _):
            let entries = text.filter { !"[] ".contains($0) }.split(separator: ",")
            return .array(entries.map { entry.value(ofDefault: String($0)) })
        case .optional(let type): return type.value(ofDefault: text)
        case .port, .count: return Int(text).map(SchemaValue.integer) ?? .string(text)
        case .boolean: return .boolean(text == "true")
        case .section, .mappings, .ipv4Address, .network, .interface, .choice, .duration, .name, .scope, .suffix,
            .backend, .path, .endpoint, .pattern:
            return .string(text)
        }
    }
}
