import NetBIOS

/// The type of a value and the parser of its text.
struct ValueFormat<Value>: Sendable {
    let type: ValueType
    /// Parses a text; with `orNone` the help of an error may suggest `none`.
    let parse: @Sendable (_ text: String, _ orNone: Bool) throws(Flaw) -> Value
    /// A warning about a valid value.
    var warning: (@Sendable (_ text: String, Value) -> ValueProblem?)?

    /// Makes a format whose errors do not depend on `none`.
    init(_ type: ValueType, _ parse: @escaping @Sendable (String) throws(Flaw) -> Value) {
        self.init(type) { (text, _) throws(Flaw) in try parse(text) }
    }

    init(_ type: ValueType, _ parse: @escaping @Sendable (String, Bool) throws(Flaw) -> Value) {
        self.type = type
        self.parse = parse
    }

    /// Returns the format with a warning about some values.
    func warning(_ warning: @escaping @Sendable (_ text: String, Value) -> ValueProblem?) -> Self {
        var format = self
        format.warning = warning
        return format
    }

    /// A value, or `nil` for the word `none`.
    static func optional<Wrapped>(_ format: ValueFormat<Wrapped>) -> Self where Value == Wrapped? {
        Self(.optional(format.type)) { (text, _) throws(Flaw) in
            text == "none" ? nil : try format.parse(text, true)
        }
    }
}

extension ValueFormat where Value == IPv4Address {
    /// The address of one host.
    static var address: Self { Self(.ipv4Address) { (text) throws(Flaw) in try AddressText.address(text) } }

    /// The address of one host, or `0.0.0.0` for every address of this machine.
    static var addressOrAny: Self {
        Self(.ipv4Address) { (text) throws(Flaw) in try AddressText.address(text, allowsAny: true) }
    }
}

extension ValueFormat where Value == IPv4Network {
    static var network: Self { Self(.network, AddressText.network).warning(AddressText.hostBits) }
}

extension ValueFormat where Value == InterfaceSelector {
    static var interface: Self { Self(.interface, AddressText.interface) }
}

extension ValueFormat where Value == MetricsEndpoint {
    static var endpoint: Self { Self(.endpoint, AddressText.endpoint) }
}

extension ValueFormat where Value == UInt16 {
    static var port: Self { Self(.port, NumberText.port) }
}

extension ValueFormat where Value == Bool {
    static var boolean: Self { Self(.boolean, NumberText.boolean) }
}

extension ValueFormat where Value == Int {
    static func count(maximum: Int) -> Self {
        Self(.count(maximum: maximum)) { (text, orNone) throws(Flaw) in
            try NumberText.count(text, maximum: maximum, orNone: orNone)
        }
    }
}

extension ValueFormat where Value == Duration {
    static func duration(minimum: Duration) -> Self {
        Self(.duration(minimum: minimum)) { (text, orNone) throws(Flaw) in
            try DurationText.duration(text, minimum: minimum, orNone: orNone)
        }
    }
}

extension ValueFormat where Value == NetBIOSName {
    static func name(_ suffix: Suffix) -> Self {
        Self(.name) { (text) throws(Flaw) in try NameText.name(text, suffix: suffix) }
    }
}

extension ValueFormat where Value == Scope {
    static var scope: Self {
        Self(.scope, NameText.scope).warning { _, scope in scope.description == "none" ? .scope(.none) : nil }
    }
}

extension ValueFormat where Value == Suffix {
    static var suffix: Self { Self(.suffix, NameText.suffix) }
}

extension ValueFormat where Value == Backend {
    static var backend: Self { Self(.backend, HostText.backend) }
}

extension ValueFormat where Value == String {
    /// A route's name, validated after all routes are read.
    static var routeName: Self { Self(.name) { (text) in text } }

    static var socketPath: Self { Self(.path, AddressText.socketPath) }

    static var pattern: Self { Self(.pattern) { (text) in text } }
}

extension ValueFormat where Value: RawRepresentable<String> & CaseIterable & Sendable {
    /// The raw values of an enumeration.
    static var words: Self { self.words(Value.allCases.map { ($0.rawValue, $0) }) }
}

extension ValueFormat where Value: Sendable {
    /// A fixed set of words, each with its value.
    static func words(_ words: [(name: String, value: Value)]) -> Self {
        let names = words.map(\.name)
        return Self(.choice(names)) { (text) throws(Flaw) in
            guard let word = words.first(where: { $0.name == text }) else {
                throw Flaw(.choice(text, of: names, suggestion: Suggestion.nearest(to: text, among: names)))
            }
            return word.value
        }
    }
}
