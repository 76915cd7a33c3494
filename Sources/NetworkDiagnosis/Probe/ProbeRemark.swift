import NetBIOS

/// A noteworthy finding of a ``ProbeReport``, with its remedy.
public struct ProbeRemark: Hashable, Sendable {
    public var severity: Severity
    public var code: Code
    /// The finding and its effect.
    public var message: String
    /// The remedy.
    public var help: String

    /// The importance of a remark.
    public enum Severity: String, Sendable {
        /// Something will fail.
        case warning
        /// Something may be unexpected.
        case note
    }

    /// The kind of remark; nbrouter-trouble(7) explains each.
    public enum Code: String, CaseIterable, Sendable {
        case backendUnresolved = "backend-unresolved"
        case backendUnreachable = "backend-unreachable"
        case backendSilent = "backend-silent"
        case backendRefuses = "backend-refuses"
        case backendNotSMB = "backend-not-smb"
        case backendWithoutSMB1 = "backend-without-smb1"
        case backendRequiresSigning = "backend-requires-signing"
        case portTaken = "port-taken"
        case portUnavailable = "port-unavailable"
        case directSMBHere = "direct-smb-here"
        case addressNotHere = "address-not-here"
        case fileUnreadable = "file-unreadable"
        case userUnknown = "user-unknown"
        case namesNotAsked = "names-not-asked"
        case nameOwnedElsewhere = "name-owned-elsewhere"
        case descriptors = "too-few-descriptors"
        case clientSource = "client-source-unavailable"
        case unfinished = "probe-unfinished"
    }
}

extension ProbeReport {
    /// All remarks, in the order of the tables.
    public var remarks: [ProbeRemark] {
        self.backends.flatMap(\.remarks) + self.ports.compactMap(\.remark) + self.directSMB.map(\.remark)
            + self.addresses.compactMap(\.remark) + self.files.compactMap(\.remark) + self.userRemarks
            + self.unaskedRemarks + self.names.compactMap(\.remark)
            + [self.descriptors?.remark, self.clientSource?.remark].compactMap(\.self) + self.unfinishedRemarks
    }

    private var unaskedRemarks: [ProbeRemark] {
        self.unaskedPlaces.map { place in
            ProbeRemark(
                severity: .warning,
                code: .namesNotAsked,
                message: "names were not queried: \(place)",
                help: "compare `listen.interfaces` and `listen.addresses` with `ip address`"
            )
        }
    }

    private var userRemarks: [ProbeRemark] {
        self.unknownUser.map { user in
            [
                ProbeRemark(
                    severity: .warning,
                    code: .userUnknown,
                    message: "unknown user \(user): file permissions were not checked",
                    help: "correct --user, or add the user (`useradd --system \(user)`)"
                )
            ]
        } ?? []
    }

    private var unfinishedRemarks: [ProbeRemark] {
        guard !self.unfinished.isEmpty else { return [] }
        return [
            ProbeRemark(
                severity: .warning,
                code: .unfinished,
                message: "the time was up before all was looked at: \(self.unfinished.joined(separator: ", "))",
                help: "give it more time with --timeout"
            )
        ]
    }
}
