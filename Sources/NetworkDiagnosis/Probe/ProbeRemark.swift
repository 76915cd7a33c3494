import NetBIOS

/// What the operator should know of a ``ProbeReport``, with what to do about it.
public struct ProbeRemark: Hashable, Sendable {
    public var severity: Severity
    public var code: Code
    /// What was seen and what it means.
    public var message: String
    /// What to do about it.
    public var help: String

    /// How much it matters.
    public enum Severity: String, Sendable {
        /// Something will not work.
        case warning
        /// Something may surprise.
        case note
    }

    /// What kind of remark it is; nbrouter-trouble(7) explains each.
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
    /// Everything that is worth a remark, in the order of the tables.
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
                message: "nobody was asked who owns the names: \(place)",
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
                    message: "there is no user \(user) here, so nobody knows whether it could read the files",
                    help: "mend the name behind --user, or add the user (`useradd --system \(user)`)"
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
