public import Logging

/// The facts of a log line, in output order.
///
/// swift-log's metadata dictionary would be filled and sorted for each line, which costs a short session more than the
/// rest of its line. So the facts are passed through swift-log as a single value.
public struct LogFacts: Sendable {
    /// Each key with its text, in ``LogKey``'s order.
    public private(set) var texts: [(key: LogKey, text: String)] = []

    /// - Parameter facts: In ``LogKey``'s order; a `nil` value leaves its key out.
    public init(_ facts: KeyValuePairs<LogKey, (any CustomStringConvertible)?>) {
        // The number of facts of a session.
        self.texts.reserveCapacity(max(facts.count, 16))
        for (key, value) in facts { self.append(key, value?.description) }
    }

    /// Appends a fact; `nil` is left out.
    mutating func append(_ key: LogKey, _ text: String?) {
        guard let text else { return }
        assert(self.mayFollow(key), "\(key) is not in the order of a line after \(self.texts.map(\.key))")
        self.texts.append((key, text))
    }

    /// Whether the key may follow the last one.
    private func mayFollow(_ key: LogKey) -> Bool {
        guard let last = self.texts.last?.key else { return true }
        return LogKey.allCases.first { $0 == last || $0 == key } == last && last != key
    }

    /// The key of the facts in swift-log's metadata.
    fileprivate static let key = "nbrouter.facts"
}

extension LogFacts: CustomStringConvertible {
    /// `id=0000002a client=10.1.2.3:50112`, for a log handler that does not know this type.
    public var description: String { self.texts.map { "\($0.key.rawValue)=\($0.text)" }.joined(separator: " ") }
}

extension Logger.Metadata {
    /// Metadata of these facts.
    public init(_ facts: LogFacts) {
        self = [LogFacts.key: .stringConvertible(facts)]
    }

    /// Metadata of these keys, in ``LogKey``'s order; a `nil` value leaves its key out.
    public init(_ facts: KeyValuePairs<LogKey, (any CustomStringConvertible)?>) {
        self.init(LogFacts(facts))
    }

    /// Removes and returns the facts.
    public mutating func takeFacts() -> LogFacts {
        guard case .stringConvertible(let value)? = self[LogFacts.key], let facts = value as? LogFacts else {
            return LogFacts([:])
        }
        self[LogFacts.key] = nil
        return facts
    }
}
