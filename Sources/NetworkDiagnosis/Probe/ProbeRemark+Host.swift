import NetBIOS
import NetBIOSRouter

// Remarks on this host, its files and its network.

extension ProbeReport.PortFinding {
    /// The remark on a port, if any.
    var remark: ProbeRemark? {
        switch self.state {
        case .free, .notPermitted: return nil
        case .held(by: let holder?) where holder.isRouter: return nil
        case .held(by: let holder?) where holder.isAnotherRouter:
            return self.warning(
                .portTaken,
                "\(self.transport) \(self.address) is in use by \(holder)",
                help: "stop one of the two, or give each addresses of its own in `listen.addresses`"
            )
        case .held(let holder):
            let who = holder.map { "\($0)" } ?? "another process"
            return self.warning(
                .portTaken,
                "\(self.transport) \(self.address) is in use by \(who)",
                help: """
                    release the port: on Samba with `smb ports = 445` and `disable netbios = yes`; or give nbrouter an address \
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
    /// The remark on an SMB service beside the router.
    var remark: ProbeRemark {
        ProbeRemark(
            severity: .warning,
            code: .directSMBHere,
            message: """
                \(self.holder.map { "\($0)" } ?? "another process") accepts TCP 445 at \(self.address), where names are \
                advertised: Windows 2000 and later connect to 445 first, and bypass their route
                """,
            help:
                "keep 445 closed at that address, so that it refuses at once: on Samba `interfaces` and `bind interfaces only`"
        )
    }
}

extension ProbeReport.AddressFinding {
    /// The remark on a route's address, if any.
    var remark: ProbeRemark? {
        guard self.interface == nil else { return nil }
        return ProbeRemark(
            severity: .note,
            code: .addressNotHere,
            message: "\(self.address) of the route \(self.route) is on no interface: this machine is its standby",
            help: "no action if keepalived moves it here; otherwise add it: `ip address add \(self.address)/32 dev …`"
        )
    }
}

extension ProbeReport.FileFinding {
    /// The remark on a file, if any.
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
    /// The remark on a name, if any.
    var remark: ProbeRemark? {
        self.holder.map { holder in
            ProbeRemark(
                severity: .warning,
                code: .nameOwnedElsewhere,
                message: "\(self.name) is held by \(holder): the router cannot claim it",
                help:
                    "take the name from that host (`nbrouter node-status \(holder)` lists its names), or rename the route"
            )
        }
    }
}

extension ProbeReport.ClientSourceFinding {
    /// The remark on `source: client`.
    var remark: ProbeRemark {
        let wish = "`source: client` of \(self.problem.route)"
        return ProbeRemark(
            severity: self.isOfThisUser ? .note : .warning,
            code: .clientSource,
            message: self.isOfThisUser
                ? "this user cannot check \(wish): \(self.problem.reason)"
                : "the router cannot start with \(wish): IP_TRANSPARENT: \(self.problem.reason)",
            help: self.problem.remedy
        )
    }
}

extension ProbeReport.DescriptorFinding {
    /// The remark on the descriptor limit.
    var remark: ProbeRemark {
        ProbeRemark(
            severity: .warning,
            code: .descriptors,
            message: "`sessions.max_sessions` needs \(self.wanted) open files, but the limit is \(self.allowed)",
            help: self.remedy
        )
    }

    /// The remedy.
    public var remedy: String {
        "raise the hard limit to \(self.wanted) (LimitNOFILE= of systemd, ulimit -Hn), or lower max_sessions"
    }
}
