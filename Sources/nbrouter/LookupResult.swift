import NetBIOS
import NetBIOSRouter
import NetworkDiagnosis
import RouterControl

/// What a look-up found: the rows of the table, and the JSON with its words as keys.
struct LookupResult: Encodable {
    let name: String
    /// `0x20`.
    let suffix: String
    /// Empty for the empty scope.
    let scope: String
    /// In the order in which they were answered; empty when nobody has the name.
    let addresses: [Address]
    /// Negative answers.
    let refusals: [Refusal]

    /// One address of the name, as one host answered it.
    struct Address: Encodable {
        let address: String
        /// What the suffix says that the name is for; `null` where that is not known.
        @NullWhenAbsent var meaning: String?
        let group: Bool
        let nodeType: String
        /// Seconds for which the answer holds; `null` for ever.
        @NullWhenAbsent var ttl: UInt32?
        let answeredBy: String
        /// The interface that the question was broadcast on; `null` where the kernel chose it.
        @NullWhenAbsent var interface: String?

        enum CodingKeys: String, CodingKey {
            case address, meaning, group, interface
            case nodeType = "node_type"
            case ttl = "ttl_s"
            case answeredBy = "answered_by"
        }
    }

    /// One host's answer that nobody has the name, or that it will not say.
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

    /// Gathers what was answered about one name.
    init(of name: QualifiedName, _ reports: [NameAsker.Report]) {
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
    /// The table, without a line end behind it.
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

    /// Why the name was not found, a sentence for each place that was asked.
    static func reasons(_ reports: [NameAsker.Report]) -> [String] {
        reports.filter { $0.failure == nil }.flatMap { report in
            let answers = report.queries.flatMap(\.answers)
            guard !answers.isEmpty else {
                return [self.reasonOfSilence(report)]
            }
            return answers.compactMap { reply in
                switch reply.answer {
                case .queryRefused(let refusal): "\(reply.host) answers: \(refusal.meaning)"
                case .redirect(_, let server, _): "\(reply.host) says to ask the name server \(server)"
                case .addresses, .nodeStatus, .registered, .registrationRefused, .challenge, .released,
                    .releaseRefused, .wait:
                    nil
                }
            }
        }
    }

    private static func reasonOfSilence(_ report: NameAsker.Report) -> String {
        guard !report.place.isBroadcast else { return "nobody answered on \(report.place)" }
        let wasAskedAsServer = report.queries.contains { $0.request.operation == .query(recursionDesired: true) }
        let advice = "; a host that is no name server may be silent about names of others: try --no-recursion"
        return "\(report.place) did not answer" + (wasAskedAsServer ? advice : "")
    }

    /// `3d`, `3d 11h`, `90s`: the two largest units.
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
    /// As routes.yaml writes it.
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
    /// What a host means that refuses with this (RFC 1002 §4.2.14).
    var meaning: String {
        switch self {
        case .format: "the question was not understood (FMT_ERR)"
        case .serverFailure: "the name server failed (SRV_ERR)"
        case .nameUnknown: "nobody has the name (NAM_ERR)"
        case .unsupported: "it does not do that (IMP_ERR)"
        case .refused: "its policy forbids an answer (RFS_ERR)"
        case .active: "another node owns the name (ACT_ERR)"
        case .conflict: "the name is in conflict (CFT_ERR)"
        }
    }
}
