/// A value of a JSON Schema, written as literals.
indirect enum SchemaValue: Hashable, Sendable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([SchemaValue])
    case object([String: SchemaValue])

    /// An array of strings.
    static func strings(_ texts: [String]) -> SchemaValue { .array(texts.map(SchemaValue.string)) }
}

extension SchemaValue: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let text): try container.encode(text)
        case .integer(let number): try container.encode(number)
        case .boolean(let value): try container.encode(value)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }
}

extension SchemaValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByDictionaryLiteral {
    init(stringLiteral text: String) { self = .string(text) }

    init(booleanLiteral value: Bool) { self = .boolean(value) }

    init(dictionaryLiteral members: (String, SchemaValue)...) {
        self = .object(Dictionary(members) { first, _ in first })
    }
}
