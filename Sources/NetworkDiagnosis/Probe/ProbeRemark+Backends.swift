import NetBIOS

extension ProbeReport.BackendFinding {
    /// `nas1:445`, with the address if the name was resolved.
    var place: String {
        self.address.map { $0 == self.backend ? self.backend : "\(self.backend) at \($0)" } ?? self.backend
    }

    /// The remarks on a backend.
    var remarks: [ProbeRemark] {
        func warning(_ code: ProbeRemark.Code, _ message: String, help: String) -> [ProbeRemark] {
            [ProbeRemark(severity: .warning, code: code, message: message, help: help)]
        }
        if let failure {
            guard self.address != nil else {
                return warning(
                    .backendUnresolved,
                    "\(self.backend) does not resolve: \(failure)",
                    help: "correct the host name, or write its address; `getent hosts` resolves names as nbrouter does"
                )
            }
            return warning(
                .backendUnreachable,
                "cannot connect to \(self.place): \(failure)",
                help: "start the SMB service, or correct the address, the port or a firewall"
            )
        }
        guard let smb1, let smb2 else { return self.remarks(onSigning: [self.smb1, self.smb2].compactMap(\.self)) }
        switch (smb1, smb2) {
        case (.silent, .silent):
            return warning(
                .backendSilent,
                "\(self.place) accepts connections and sends no response",
                help: "check the server's log: it hangs, or another service has the port"
            )
        case (.accepts, _), (_, .accepts):
            return self.remarks(onSMB1: smb1) + self.remarks(onSigning: [smb1, smb2])
        case (.refuses, _), (_, .refuses):
            return warning(
                .backendRefuses,
                "\(self.place) speaks SMB but refuses every dialect that clients offer",
                help: "check the server's log, and the dialects and clients that it allows"
            )
        case (.hangsUp, _), (.silent, _), (.notSMB, _), (.failed, _):
            return warning(
                .backendNotSMB,
                "\(self.place) does not speak SMB",
                help: "use the port of the direct SMB service, usually 445; 139 is for NetBIOS sessions"
            )
        }
    }

    private func remarks(onSMB1 answer: ProbeReport.SMBAnswer) -> [ProbeRemark] {
        switch answer {
        // A silent backend or a failed connection is not a refusal.
        case .accepts, .silent, .notSMB, .failed: return []
        case .refuses, .hangsUp:
            return [
                ProbeRemark(
                    severity: .note,
                    code: .backendWithoutSMB1,
                    message: """
                        \(self.place) refuses SMB1, which Windows XP, DOS and most pre-2012 scanners require
                        """,
                    help: """
                        on Samba `server min protocol = NT1`; on Windows the feature SMB 1.0/CIFS File Sharing Support; \
                        no action if there are no such clients
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
