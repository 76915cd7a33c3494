import NetBIOS

/// How the types of values are said in JSON Schema.
enum ValueSchema {
    /// Types that several keys share, by the name under which the schema defines each once.
    static let sharedTypes: [String: ValueType] = [
        "address": .ipv4Address, "network": .network, "interface": .interface, "port": .port, "name": .name,
        "suffix": .suffix, "backend": .backend, "path": .pattern,
    ]

    /// A list of values, or one of them without the brackets.
    static func list(of entry: ValueType, count: ClosedRange<Int>) -> [String: SchemaValue] {
        var list: [String: SchemaValue] = ["items": .object(entry.members)]
        if count.lowerBound > 0 { list["minItems"] = .integer(count.lowerBound) }
        if count.upperBound < .max { list["maxItems"] = .integer(count.upperBound) }
        // Rather than `anyOf`, with which an editor cannot tell what of it is wrong.
        return ["if": ["type": "array"], "then": .object(list), "else": .object(entry.members)]
    }

    /// The types that an editor may take a plain text for, which can look like any scalar.
    fileprivate static let anyScalar = SchemaValue.strings(["string", "number", "boolean", "null"])

    /// A number from 0 to 255 without leading zeros.
    private static let byte = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    fileprivate static let address = "\(byte)(\\.\(byte)){3}"
    fileprivate static let port = "[1-9][0-9]{0,4}"
    /// Of a NetBIOS name, without the space, which may not stand at either end.
    private static let nameCharacters = #"!#-)\-.0-9@-Z^-{}~"#
    fileprivate static let name = "[\(nameCharacters)]([\(nameCharacters) ]*[\(nameCharacters)])?"
    /// A label of a scope: printable, without space and dot.
    private static let label = #"[!-\-/-~]{1,63}"#
    fileprivate static let scope = "(\(label)(\\.\(label))*)?"
}

extension ValueType {
    /// What a value of this type must be: a reference where the schema defines it once.
    var members: [String: SchemaValue] {
        if let name = ValueSchema.sharedTypes.first(where: { $0.value == self })?.key {
            return ["$ref": .string("#/$defs/\(name)")]
        }
        return self.scalarMembers
    }

    /// What a scalar of this type must be, spelled out.
    var scalarMembers: [String: SchemaValue] {
        var members = Self.scalar(self, orNone: false)
        guard members["pattern"] != nil else { return members }
        // Not of the draft, which allows it; the language servers of VS Code show it in the place of the pattern.
        let such = self.example.map { ", such as \($0)" } ?? ""
        members["patternErrorMessage"] = .string("Expected \(self.phrase)\(such).")
        return members
    }

    /// A value of the type, where its form is not plain from its name.
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

    /// The keywords for a scalar; patterns hold for strings alone and limits for numbers, so one level is enough.
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
            // Nine digits at most; how long at least depends on the unit, which a pattern cannot weigh.
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
        // Not scalars: whoever has one of these asks for its section or its entries.
        case .section, .list, .mappings: return [:]
        }
    }

    /// A text that a pattern describes from end to end.
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

    /// A number, or the same between quotes.
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

    /// A default as an editor would insert it: a number where the loader reads digits, a text otherwise.
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
