/// A parsed line of the router's log (logfmt).
struct LogLine: Sendable, CustomStringConvertible {
    /// The original line.
    let description: String
    /// The keys in the order of the line.
    private(set) var keys: [String] = []
    private var values: [String: String] = [:]

    init(_ line: some StringProtocol) {
        self.description = String(line)
        var rest = Substring(line)[...]
        while let equals = rest.firstIndex(of: "=") {
            let key = rest[..<equals].split(separator: " ").last.map(String.init) ?? ""
            rest = rest[rest.index(after: equals)...]
            self.keys.append(key)
            self.values[key] = Self.takeValue(from: &rest)
        }
    }

    /// The value of a key, if present.
    subscript(key: String) -> String? { self.values[key] }

    private static func takeValue(from rest: inout Substring) -> String {
        guard rest.first == "\"" else {
            let value = rest.prefix { $0 != " " }
            rest = rest.dropFirst(value.count)
            return String(value)
        }
        rest.removeFirst()
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let escaped = rest.popFirst() {
                value.append(escaped)
            } else {
                value.append(character)
            }
        }
        return value
    }
}
