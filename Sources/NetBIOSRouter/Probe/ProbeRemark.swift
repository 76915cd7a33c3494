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

    /// What kind of remark it is; nbrouter(8), PROBING, explains each.
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
                help: "give it more time with --probe-timeout"
            )
        ]
    }
}

extension ProbeReport.BackendFinding {
    /// `nas1:445`, with the address where a name was looked up.
    var place: String {
        self.address.map { $0 == self.backend ? self.backend : "\(self.backend) at \($0)" } ?? self.backend
    }

    fileprivate var remarks: [ProbeRemark] {
        func warning(_ code: ProbeRemark.Code, _ message: String, help: String) -> [ProbeRemark] {
            [ProbeRemark(severity: .warning, code: code, message: message, help: help)]
        }
        if let failure {
            guard self.address != nil else {
                return warning(
                    .backendUnresolved,
                    "\(self.backend) has no address: \(failure)",
                    help: "mend the host name, or give the address itself; `getent hosts` asks as nbrouter does"
                )
            }
            return warning(
                .backendUnreachable,
                "\(self.place) is not reached: \(failure)",
                help: "start the SMB service there, or mend the address, the port or a firewall on the way"
            )
        }
        guard let smb1, let smb2 else { return self.remarks(onSigning: [self.smb1, self.smb2].compactMap(\.self)) }
        switch (smb1, smb2) {
        case (.silent, .silent):
            return warning(
                .backendSilent,
                "\(self.place) takes connections and says nothing",
                help: "look at the server's log: it hangs, or another service has the port"
            )
        case (.accepts, _), (_, .accepts):
            return self.remarks(onSMB1: smb1) + self.remarks(onSigning: [smb1, smb2])
        case (.refuses, _), (_, .refuses):
            return warning(
                .backendRefuses,
                "\(self.place) speaks SMB and takes none of the dialects that clients offer",
                help: "look at the server's log and at the dialects and clients that it allows"
            )
        case (.hangsUp, _), (.silent, _), (.notSMB, _), (.failed, _):
            return warning(
                .backendNotSMB,
                "\(self.place) does not speak SMB",
                help: "give the port of the direct SMB service, 445 as a rule; 139 is for NetBIOS sessions"
            )
        }
    }

    private func remarks(onSMB1 answer: ProbeReport.SMBAnswer) -> [ProbeRemark] {
        switch answer {
        // Silence and a connection that failed are no refusals.
        case .accepts, .silent, .notSMB, .failed: return []
        case .refuses, .hangsUp:
            return [
                ProbeRemark(
                    severity: .note,
                    code: .backendWithoutSMB1,
                    message: """
                        \(self.place) accepts no SMB1: Windows XP, DOS and most pre-2012 scanners will not get in
                        """,
                    help: """
                        on Samba `server min protocol = NT1`; on Windows the feature SMB 1.0/CIFS File Sharing Support; \
                        nothing, if no such client calls
                        """
                )
            ]
        }
    }

    private func remarks(onSigning answers: [ProbeReport.SMBAnswer]) -> [ProbeRemark] {
        let isRequired = answers.contains { answer in
            switch answer {
            case .accepts(_, signing: .required): true
            case .accepts(_, signing: .offered), .accepts(_, signing: .off), .accepts(_, signing: nil): false
            case .refuses, .hangsUp, .silent, .notSMB, .failed: false
            }
        }
        guard isRequired else { return [] }
        return [
            ProbeRemark(
                severity: .note,
                code: .backendRequiresSigning,
                message: """
                    \(self.place) requires signed messages: DOS, Windows 95 and 98, NT 4 before Service Pack 3 and many \
                    scanners cannot sign
                    """,
                help: "on Samba `server signing = auto`; on Windows the policy `Digitally sign communications (always)`"
            )
        ]
    }
}

extension ProbeReport.PortFinding {
    fileprivate var remark: ProbeRemark? {
        switch self.state {
        case .free, .notPermitted: return nil
        case .held(by: let holder?) where holder.isRouter: return nil
        case .held(by: let holder?) where holder.isAnotherRouter:
            return self.warning(
                .portTaken,
                "\(self.transport) \(self.address) is taken: \(holder) holds it",
                help: "stop one of the two, or give each addresses of its own in `listen.addresses`"
            )
        case .held(let holder):
            let who = holder.map { "\($0)" } ?? "another process"
            return self.warning(
                .portTaken,
                "\(self.transport) \(self.address) is taken by \(who)",
                help: """
                    stop it there: Samba with `smb ports = 445` and `disable netbios = yes`; or give nbrouter an address \
                    of its own in `listen.addresses`
                    """
            )
        case .noSuchAddress:
            return self.warning(
                .portUnavailable,
                "\(self.transport) \(self.address) cannot be bound: no interface has the address",
                help: "compare `listen.addresses` with `ip address`"
            )
        case .failed(let reason):
            return self.warning(
                .portUnavailable,
                "\(self.transport) \(self.address) cannot be bound: \(reason)",
                help: "see nbrouter(8), TROUBLESHOOTING"
            )
        }
    }

    private func warning(_ code: ProbeRemark.Code, _ message: String, help: String) -> ProbeRemark {
        ProbeRemark(severity: .warning, code: code, message: message, help: help)
    }
}

extension ProbeReport.DirectSMBFinding {
    fileprivate var remark: ProbeRemark {
        ProbeRemark(
            severity: .warning,
            code: .directSMBHere,
            message: """
                \(self.holder.map { "\($0)" } ?? "another process") takes TCP 445 at \(self.address), where names are \
                advertised: clients of Windows 2000 and later call 445 first, and get there instead of their route
                """,
            help:
                "keep 445 closed at that address, so that it refuses at once: on Samba `interfaces` and `bind interfaces only`"
        )
    }
}

extension ProbeReport.AddressFinding {
    fileprivate var remark: ProbeRemark? {
        guard self.interface == nil else { return nil }
        return ProbeRemark(
            severity: .note,
            code: .addressNotHere,
            message: "\(self.address) of the route \(self.route) is on no interface: this machine is its standby",
            help: "nothing, if keepalived moves it here; else add it: `ip address add \(self.address)/32 dev …`"
        )
    }
}

extension ProbeReport.FileFinding {
    fileprivate var remark: ProbeRemark? {
        self.obstacle.map { obstacle in
            ProbeRemark(
                severity: .warning,
                code: .fileUnreadable,
                message: "the user \(self.user) cannot read \(self.path): \(obstacle)",
                help: "chgrp \(self.user) and chmod g+r the file, g+x its directories, g+rx those that wildcards are in"
            )
        }
    }
}

extension ProbeReport.NameFinding {
    fileprivate var remark: ProbeRemark? {
        self.holder.map { holder in
            ProbeRemark(
                severity: .warning,
                code: .nameOwnedElsewhere,
                message: "\(self.name) is held by \(holder): the router will not get it",
                help:
                    "take the name from that host (`nbrouter node-status \(holder)` lists its names), or rename the route"
            )
        }
    }
}

extension ProbeReport.ClientSourceFinding {
    fileprivate var remark: ProbeRemark {
        let wish = "`source: client` of \(self.problem.route)"
        return ProbeRemark(
            severity: self.isOfThisUser ? .note : .warning,
            code: .clientSource,
            message: self.isOfThisUser
                ? "this user cannot tell whether \(wish) will work: \(self.problem.reason)"
                : "the router does not start here with \(wish): IP_TRANSPARENT: \(self.problem.reason)",
            help: self.problem.remedy
        )
    }
}

extension ProbeReport.DescriptorFinding {
    fileprivate var remark: ProbeRemark {
        ProbeRemark(
            severity: .warning,
            code: .descriptors,
            message: "`sessions.max_sessions` needs \(self.wanted) open files, and \(self.allowed) are allowed here",
            help: self.remedy
        )
    }

    /// What to do about it.
    public var remedy: String {
        "raise the hard limit to \(self.wanted) (LimitNOFILE= of systemd, ulimit -Hn), or lower max_sessions"
    }
}
