import NetBIOS
import NetBIOSRouter
import NetworkDiagnosis
import RouteConfig

/// Formats a ``ProbeReport`` as tables with remarks, or as JSON.
struct ProbePrinter {
    let report: ProbeReport
    let remarks: [ProbeRemark]

    init(_ report: ProbeReport) {
        self.report = report
        self.remarks = report.remarks
    }

    var warningCount: Int { self.remarks.count { $0.severity == .warning } }

    /// Formats the tables, the remarks and the summary line.
    func text(colour: Bool) -> String {
        let remarks = self.remarks.map { $0.text(colour: colour) }
        let parts = [self.backends, self.ports, self.addresses, self.files, self.names] + remarks
        return parts.filter { !$0.isEmpty }.map { "\n" + $0 + "\n" }.joined() + "\n" + self.summary + "\n"
    }

    /// The summary line: `probe: 2 warnings, 1 note`.
    var summary: String {
        let notes = self.remarks.count - self.warningCount
        let counts = [(self.warningCount, "warning"), (notes, "note")].filter { $0.0 > 0 }
            .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        return "probe: " + (counts.isEmpty ? "no problems" : counts.joined(separator: ", "))
    }

    /// GitHub workflow annotations, without a line of a file.
    var annotations: String {
        self.remarks.map { remark in
            GitHubAnnotations.annotation(
                remark.severity == .warning ? "warning" : "notice",
                [("title", remark.code.rawValue)],
                "\(remark.message)\n\(remark.help)"
            ) + "\n"
        }
        .joined() + self.summary + "\n"
    }
}

// MARK: - Tables

extension ProbePrinter {
    private var backends: String {
        var table = TextTable(
            "BACKEND",
            "ADDRESS",
            "REACHED",
            "ROUND TRIP",
            "SMB 1",
            "SMB 2 AND 3",
            "SIGNING",
            "ROUTES"
        )
        for backend in self.report.backends {
            let isReached = backend.failure == nil
            table.append([
                backend.backend,
                backend.address ?? "",
                isReached ? "yes" : "no",
                backend.roundTrip.map(Self.milliseconds) ?? "",
                backend.smb1?.text ?? "",
                backend.smb2?.text ?? "",
                backend.signing?.rawValue ?? "",
                Self.list(backend.routes),
            ])
        }
        return self.report.backends.isEmpty ? "" : table.text
    }

    private var ports: String {
        var table = TextTable("PORT", "STATE")
        for port in self.report.ports { table.append(["\(port.transport) \(port.address)", port.state.text]) }
        return table.text
    }

    private var addresses: String {
        var table = TextTable("ADDRESS", "ROUTE", "INTERFACE")
        for address in self.report.addresses {
            table.append(["\(address.address)", address.route, address.interface ?? "none: standby"])
        }
        return self.report.addresses.isEmpty ? "" : table.text
    }

    private var files: String {
        var table = TextTable("FILE", "USER", "READABLE")
        for file in self.report.files {
            table.append([file.path, file.user, file.obstacle == nil ? "yes" : "no"])
        }
        return self.report.files.isEmpty ? "" : table.text
    }

    private var names: String {
        guard !self.report.names.isEmpty else { return "" }
        let held = self.report.names.filter { $0.holder != nil }
        guard !held.isEmpty else {
            let count = self.report.names.count
            return
                "\(count) name\(count == 1 ? "" : "s") queried on the network: no other host holds \(count == 1 ? "it" : "any")"
        }
        var table = TextTable("NAME", "SCOPE", "HELD BY")
        for finding in held {
            table.append([
                finding.name.name.description, finding.name.scope.description, finding.holder.map { "\($0)" } ?? "",
            ])
        }
        return table.text
    }

    /// Formats milliseconds with one decimal, `<0.1 ms` for less.
    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = Int(duration / .microseconds(100))
        return tenths == 0 ? "<0.1 ms" : "\(tenths / 10).\(tenths % 10) ms"
    }

    /// Formats the first routes and the number of further ones.
    private static func list(_ routes: [String]) -> String {
        let shown = routes.prefix(3).joined(separator: ", ")
        return routes.count > 3 ? "\(shown) and \(routes.count - 3) more" : shown
    }
}

extension ProbeReport.SMBAnswer {
    fileprivate var text: String {
        switch self {
        case .accepts(let dialect, _): "\(dialect)"
        case .refuses, .hangsUp: "refused"
        case .silent: "no answer"
        case .notSMB: "not SMB"
        case .failed(let reason): reason
        }
    }
}

extension ProbeReport.BackendFinding {
    /// The signing policy in the response for the newest accepted dialect.
    var signing: NegotiateResponse.Signing? {
        for answer in [self.smb2, self.smb1] {
            if case .accepts(_, let signing?) = answer { return signing }
        }
        return nil
    }
}

extension ProbeReport.PortFinding.State {
    fileprivate var text: String {
        switch self {
        case .free: "free"
        case .held(by: let holder?):
            holder.isRouter ? "in use by the running router, \(holder)" : "in use by \(holder)"
        case .held(by: nil): "in use by another process"
        case .noSuchAddress: "no interface has the address"
        case .notPermitted: "free, but this user lacks permission to bind it"
        case .failed(let reason): reason
        }
    }
}

extension ProbeRemark {
    /// The maximum length of a message or help, in characters.
    private static let longestText = 4096

    /// Formats a remark like a diagnostic of `check`, without a place.
    fileprivate func text(colour: Bool) -> String {
        let (strong, plain) = colour ? ("\u{1B}[1m", "\u{1B}[0m") : ("", "")
        // Paths and process names are untrusted text.
        let message = self.message.printable(limit: Self.longestText)
        let paint = colour ? (self.severity == .warning ? "\u{1B}[1;33m" : "\u{1B}[1;36m") : ""
        return """
            \(paint)\(self.severity.rawValue)[\(self.code.rawValue)]\(plain)\(strong): \(message)\(plain)
              = \(strong)help\(plain): \(self.help.printable(limit: Self.longestText))
            """
    }
}
