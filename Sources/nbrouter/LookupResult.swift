import NetBIOS
import NetBIOSRouter
import NetworkDiagnosis
import RouterControl

/// The result of a lookup, as a table and as JSON.
struct LookupResult: Encodable {
    let name: String
    /// `0x20`.
    let suffix: String
    /// The empty string for the empty scope.
    let scope: String
    /// In the order of the responses; empty if the name was not found.
    let addresses: [Address]
    /// Negative responses.
    let refusals: [Refusal]

    /// One address of the name in one host's response.
    struct Address: Encodable {
        let address: String
        /// The meaning of the suffix; `null` if unknown.
        @NullWhenAbsent var meaning: String?
        let group: Bool
        let nodeType: String
        /// Time to live in seconds; `null` for no expiry.
        @NullWhenAbsent var ttl: UInt32?
        let answeredBy: String
        /// The interface of the broadcast; `null` if the kernel chose it.
        @NullWhenAbsent var interface: String?

        enum CodingKeys: String, CodingKey {
            case address, meaning, group, interface
            case nodeType = "node_type"
            case ttl = "ttl_s"
            case answeredBy = "answered_by"
        }
    }

    /// A host's negative response.
    struct Refusal: Encodable {
        let answeredBy: String
        /// The RCODE, `0x03`.
        let code: String
        let reason: String

        enum CodingKeys: String, CodingKey {
            case code, reason
            case answeredBy = "answered_by"
        }
    }

    /// Collects the responses for one name.
    init(of name: QualifiedName, _ reports: [NameQueryClient.Report]) {
        self.name = name.name.text
        self.suffix = "0x\(name.name.suffix)"
        self.scope = name.scope.description
        let suffix = name.name == .wildcard ? nil : name.name.suffix
        var addresses: [Address] = []
        var refusals: [Refusal] = []
        for report in reports {
            for reply in report.queries.flatMap(\.answers) {
                switch reply.answer {
                case .addresses(let entries, let timeToLive):
                    addresses += entries.map { entry in
                        Address(
                            address: "\(entry.address)",
                            meaning: suffix?.meaning(isGroup: entry.isGroup),
                            group: entry.isGroup,
                            nodeType: entry.nodeType.word,
                            ttl: timeToLive == 0 ? nil : timeToLive,
                            answeredBy: "\(reply.host)",
                            interface: report.place.interface
                        )
                    }
                case .queryRefused(let refusal):
                    refusals.append(
                        Refusal(
                            answeredBy: "\(reply.host)",
                            code: "0x0\(refusal.rawValue)",
                            reason: refusal.meaning
                        )
                    )
                case .redirect, .nodeStatus, .registered, .registrationRefused, .challenge, .released,
                    .releaseRefused, .wait:
                    continue
                }
            }
        }
        self.addresses = addresses
        self.refusals = refusals
    }
}

// MARK: - For people

extension LookupResult {
    /// Formats the table, without a trailing newline.
    var text: String {
        var table = TextTable(
            "ADDRESS",
            "NAME",
            "MEANING",
            "KIND",
            "NODE",
            "TTL",
            "FROM",
            "INTERFACE"
        )
        let name = "\(self.name)<\(self.suffix.dropFirst(2))>" + (self.scope.isEmpty ? "" : ".\(self.scope)")
        for address in self.addresses {
            table.append([
                address.address,
                name,
                address.meaning ?? "",
                address.group ? "group" : "unique",
                address.nodeType,
                address.ttl.map { Self.text(ofSeconds: $0) } ?? "ever",
                address.answeredBy,
                address.interface ?? "",
            ])
        }
        return table.text
    }

    /// Explains why the name was not found, one sentence per destination.
    static func reasons(_ reports: [NameQueryClient.Report]) -> [String] {
        reports.filter { $0.failure == nil }.flatMap { report in
            let answers = report.queries.flatMap(\.answers)
            guard !answers.isEmpty else {
                return [self.reasonOfSilence(report)]
            }
            return answers.compactMap { reply in
                switch reply.answer {
                case .queryRefused(let refusal): "\(reply.host) answers: \(refusal.meaning)"
                case .redirect(_, let server, _): "\(reply.host) refers to the name server \(server)"
                case .addresses, .nodeStatus, .registered, .registrationRefused, .challenge, .released,
                    .releaseRefused, .wait:
                    nil
                }
            }
        }
    }

    private static func reasonOfSilence(_ report: NameQueryClient.Report) -> String {
        guard !report.place.isBroadcast else { return "no response on \(report.place)" }
        let wasAskedAsServer = report.queries.contains { $0.request.operation == .query(recursionDesired: true) }
        let advice = "; a host that is not a name server may ignore names of others: try --no-recursion"
        return "no response from \(report.place)" + (wasAskedAsServer ? advice : "")
    }

    /// Formats seconds in the two largest units: `3d`, `3d 11h`, `90s`.
    private static func text(ofSeconds seconds: UInt32) -> String {
        let units: [(UInt32, String)] = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")]
        var rest = seconds
        var parts: [String] = []
        for (length, unit) in units {
            if rest >= length { parts.append("\(rest / length)\(unit)") }
            rest %= length
        }
        return parts.prefix(2).joined(separator: " ")
    }
}

extension NodeType {
    /// The node type as routes.yaml writes it.
    var word: String {
        switch self {
        case .broadcast: "broadcast"
        case .point: "point"
        case .mixed: "mixed"
        case .hybrid: "hybrid"
        }
    }
}

extension NameServiceRefusal {
    /// The meaning of the code in a response (RFC 1002 §4.2.14).
    var meaning: String {
        switch self {
        case .format: "format error (FMT_ERR)"
        case .serverFailure: "server failure (SRV_ERR)"
        case .nameUnknown: "name does not exist (NAM_ERR)"
        case .unsupported: "unsupported request (IMP_ERR)"
        case .refused: "refused by policy (RFS_ERR)"
        case .active: "name owned by another node (ACT_ERR)"
        case .conflict: "name in conflict (CFT_ERR)"
        }
    }
}
