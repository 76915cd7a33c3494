public import Logging

/// The facts of a log line, in the order in which it shows them.
///
/// A dictionary, as swift-log has it for metadata, would be filled and sorted for each line, which costs a short session more
/// than all else of its line. So these go through swift-log in one piece, under one key.
public struct LogFacts: Sendable {
    /// Each key with its text, in ``LogKey``'s order.
    public private(set) var texts: [(key: LogKey, text: String)] = []

    /// - Parameter facts: In ``LogKey``'s order; a `nil` value leaves its key out.
    public init(_ facts: KeyValuePairs<LogKey, (any CustomStringConvertible)?>) {
        // A session's.
        self.texts.reserveCapacity(max(facts.count, 16))
        for (key, value) in facts { self.append(key, value?.description) }
    }

    /// Appends a fact; `nil` is none.
    mutating func append(_ key: LogKey, _ text: String?) {
        guard let text else { return }
        assert(self.mayFollow(key), "\(key) is not in the order of a line behind \(self.texts.map(\.key))")
        self.texts.append((key, text))
    }

    /// Whether the last key comes before this one.
    private func mayFollow(_ key: LogKey) -> Bool {
        guard let last = self.texts.last?.key else { return true }
        return LogKey.allCases.first { $0 == last || $0 == key } == last && last != key
    }

    /// The key that they go through swift-log under.
    fileprivate static let key = "nbrouter.facts"
}

extension LogFacts: CustomStringConvertible {
    /// `id=0000002a client=10.1.2.3:50112`, for a log handler that does not know them.
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
