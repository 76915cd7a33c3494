/// HTML built from literals and escaped text, so that text can never become markup.
struct HTMLText: ExpressibleByStringInterpolation, Sendable {
    private(set) var text: String

    init(stringLiteral value: String) {
        self.text = value
    }

    init(stringInterpolation: StringInterpolation) {
        self.text = stringInterpolation.text
    }

    /// Joins parts.
    init(_ parts: some Sequence<HTMLText>) {
        self.text = parts.reduce(into: "") { $0 += $1.text }
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            self.text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) {
            self.text += literal
        }

        mutating func appendInterpolation(_ markup: HTMLText) {
            self.text += markup.text
        }

        mutating func appendInterpolation(_ number: Int) {
            self.text += "\(number)"
        }

        mutating func appendInterpolation(_ text: String) {
            for scalar in text.unicodeScalars {
                switch scalar {
                case "&": self.text += "&amp;"
                case "<": self.text += "&lt;"
                case ">": self.text += "&gt;"
                case "\"": self.text += "&quot;"
                case "'": self.text += "&#39;"
                default: self.text.unicodeScalars.append(scalar)
                }
            }
        }
    }

    static func + (left: HTMLText, right: HTMLText) -> HTMLText { HTMLText([left, right]) }
}
