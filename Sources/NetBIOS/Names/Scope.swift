/// A NetBIOS scope identifier: the labels that follow a name. Most networks have none.
///
/// Scopes are equal if their labels are, ignoring the case of ASCII letters; the original bytes are kept (RFC 1001 §5.2
/// and §14.1; Windows compares with case, nmbd upper-cases).
public struct Scope: Sendable {
    /// Bytes, since RFC 1002 §4.1 specifies no encoding. Each label has 1 to ``maximumLabelLength`` bytes.
    let labels: [[UInt8]]

    init(labels: [[UInt8]]) {
        self.labels = labels
    }

    /// The empty scope.
    public static let none = Scope(labels: [])

    /// Parses a dotted scope, `example.com`. The empty text is the empty scope.
    ///
    /// - Throws: ``InvalidScope`` if a label or the whole exceeds the limits of RFC 1002 §4.1.
    public init(_ dotted: String) throws(InvalidScope) {
        guard !dotted.isEmpty else { self = .none; return }
        let labels = dotted.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        var offset = 0
        for label in labels {
            guard !label.isEmpty else { throw .emptyLabel(offset: offset) }
            guard label.count <= Self.maximumLabelLength else {
                throw .labelTooLong(bytes: label.count, offset: offset)
            }
            if let index = label.firstIndex(where: { !(0x21...0x7E).contains($0) }) {
                throw .character(label[index], offset: offset + index)
            }
            offset += label.count + 1
        }
        guard dotted.utf8.count <= Self.maximumTextLength else { throw .tooLong(bytes: dotted.utf8.count) }
        self.labels = labels
    }

    /// The maximum length of a label, in bytes (RFC 1002 §4.1 reserves the top two bits of a length).
    public static let maximumLabelLength = 63

    /// The maximum length of the dotted text, in bytes: 255 less the name's 33, the final zero and one length byte.
    public static let maximumTextLength = QualifiedName.maximumEncodedLength - 1 - NetBIOSName.encodedLength - 1 - 1

    public var isEmpty: Bool { self.labels.isEmpty }
}

/// The reason why a text is not a scope. Offsets count bytes from 0.
public enum InvalidScope: Error, Hashable, Sendable {
    case emptyLabel(offset: Int)
    case labelTooLong(bytes: Int, offset: Int)
    case character(UInt8, offset: Int)
    case tooLong(bytes: Int)
}

extension Scope: Hashable {
    public static func == (left: Scope, right: Scope) -> Bool {
        left.labels.elementsEqual(right.labels) { left, right in
            left.elementsEqual(right) { $0.asciiUppercased == $1.asciiUppercased }
        }
    }

    public func hash(into hasher: inout Hasher) {
        for label in self.labels {
            hasher.combine(label.count)
            for byte in label { hasher.combine(byte.asciiUppercased) }
        }
    }
}

extension Scope: CustomStringConvertible {
    /// The dotted text; empty for the empty scope. Non-printable bytes become `\xNN`.
    public var description: String { self.labels.map(\.escapedText).joined(separator: ".") }
}
