/// The log messages of the program, out of its sources.
struct LogMessages {
    /// A message and the file that logs it.
    struct Message: Hashable {
        let text: String
        let path: String
    }

    /// In alphabetical order.
    let messages: [Message]
    /// Calls whose message is no literal, as `file: expression`.
    let computed: [String]

    /// Calls of a logger, and of functions that pass the message to one: a literal, or another expression.
    private static var calls: [Regex<(Substring, Substring?, Substring?)>] {
        [
            /[lL]ogger\.(?:trace|debug|info|notice|warning|error|critical)\(\s*(?:"([^"]+)"|([^,)\n]+))/,
            /[lL]ogger\.log\(\s*level: [^\n]*?,\s*(?:"([^"]+)"|([^,)\n]+))/,
            /LineLogHandler\.line\(\s*(?:"([^"]+)"|([^,)\n]+))/,
        ]
    }

    init(_ sources: [(path: String, text: String)]) {
        var messages: Set<Message> = []
        var computed: Set<String> = []
        for (path, text) in sources {
            for (_, literal, expression) in Self.calls.flatMap({ text.matches(of: $0).map(\.output) }) {
                if let literal { messages.insert(Message(text: String(literal), path: path)) }
                if let expression, expression != "nil" { computed.insert("\(path): \(expression)") }
            }
            // A property or function that chooses the message.
            for body in text.matches(of: /(?:: |-> )Logger\.Message \{\n([\s\S]*?)\n {4}\}/).map(\.output.1) {
                messages.formUnion(
                    body.matches(of: /"([^"]+)"/).map { Message(text: String($0.output.1), path: path) }
                )
            }
        }
        self.messages = messages.sorted { ($0.text, $0.path) < ($1.text, $1.path) }
        self.computed = computed.sorted()
    }
}
