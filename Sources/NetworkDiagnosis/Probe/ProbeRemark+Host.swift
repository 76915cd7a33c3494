import NetBIOS
import NetBIOSRouter

// What is worth a remark of this host, its files and its network.

extension ProbeReport.PortFinding {
    /// What is worth a remark of a port.
    var remark: ProbeRemark? {
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
                help: "see nbrouter-trouble(7), The router does not start"
            )
        }
    }

    private func warning(_ code: ProbeRemark.Code, _ message: String, help: String) -> ProbeRemark {
        ProbeRemark(severity: .warning, code: code, message: message, help: help)
    }
}

extension ProbeReport.DirectSMBFinding {
    /// What is worth a remark of an SMB service beside the router.
    var remark: ProbeRemark {
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
    /// What is worth a remark of a route's address.
    var remark: ProbeRemark? {
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
    /// What is worth a remark of a file.
    var remark: ProbeRemark? {
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
    /// What is worth a remark of a name.
    var remark: ProbeRemark? {
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
    /// What is worth a remark of `source: client`.
    var remark: ProbeRemark {
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
    /// What is worth a remark of the limit of descriptors.
    var remark: ProbeRemark {
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
