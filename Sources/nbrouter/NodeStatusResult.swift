import NetBIOS
import NetBIOSRouter
import RouterControl

/// The name table of a host, as a table and as JSON.
struct NodeStatusResult: Encodable {
    let host: String
    /// The scope of the names; the empty string for the empty scope.
    let scope: String
    /// The hardware address; `null` if the host does not report it.
    @NullWhenAbsent var mac: String?
    /// Whether the list is incomplete.
    let truncated: Bool
    let names: [Name]

    /// A name of the host.
    struct Name: Encodable {
        let name: String
        /// `0x20`.
        let suffix: String
        /// The meaning of the suffix; `null` if unknown.
        @NullWhenAbsent var meaning: String?
        let group: Bool
        let nodeType: String
        let flags: [String]

        enum CodingKeys: String, CodingKey {
            case name, suffix, meaning, group, flags
            case nodeType = "node_type"
        }
    }

    /// Makes the result of a response; `nil` if it is not a node status response.
    init?(of name: QualifiedName, _ reply: NameQuery.Reply) {
        guard case .nodeStatus(let status) = reply.answer else { return nil }
        self.host = "\(reply.host)"
        self.scope = name.scope.description
        self.mac = status.unitID == .zero ? nil : "\(status.unitID)"
        self.truncated = status.isTruncated
        self.names = status.names.map { name in
            Name(
                name: name.name.text,
                suffix: "0x\(name.name.suffix)",
                meaning: name.name.suffix.meaning(isGroup: name.isGroup),
                group: name.isGroup,
                nodeType: name.nodeType.word,
                flags: name.flags.words
            )
        }
    }
}

extension NodeStatusResult {
    /// Formats the table below a line about the host, without a trailing newline.
    var text: String {
        var table = TextTable("NAME", "MEANING", "KIND", "NODE", "FLAGS")
        for name in self.names {
            table.append([
                "\(name.name)<\(name.suffix.dropFirst(2))>",
                name.meaning ?? "",
                name.group ? "group" : "unique",
                name.nodeType,
                name.flags.joined(separator: ","),
            ])
        }
        let heading =
            "host \(self.host)" + (self.scope.isEmpty ? "" : ", scope \(self.scope)") + ", "
            + (self.mac.map { "MAC \($0)" } ?? "no MAC")
        let more = self.truncated ? "\nThe host has more names than it lists." : ""
        return "\(heading)\n\(table.text)\(more)"
    }
}

extension NodeStatus.Flags {
    /// The flags that are set, in bit order.
    fileprivate var words: [String] {
        let words: [(NodeStatus.Flags, String)] = [
            (.deregistering, "releasing"), (.conflict, "conflict"), (.active, "active"), (.permanent, "permanent"),
        ]
        return words.filter { self.contains($0.0) }.map(\.1)
    }
}
