import NetBIOS
import NetBIOSRouter
import NetworkDiagnosis
import RouteConfig

/// Writes a ``ProbeReport``: tables for people and what they mean, or a value for scripts.
struct ProbePrinter {
    let report: ProbeReport
    let remarks: [ProbeRemark]

    init(_ report: ProbeReport) {
        self.report = report
        self.remarks = report.remarks
    }

    var warningCount: Int { self.remarks.count { $0.severity == .warning } }

    /// The tables, the remarks and a line that sums up.
    func text(colour: Bool) -> String {
        let remarks = self.remarks.map { $0.text(colour: colour) }
        let parts = [self.backends, self.ports, self.addresses, self.files, self.names] + remarks
        return parts.filter { !$0.isEmpty }.map { "\n" + $0 + "\n" }.joined() + "\n" + self.summary + "\n"
    }

    /// One line: `probe: 2 warnings, 1 note`.
    var summary: String {
        let notes = self.remarks.count - self.warningCount
        let counts = [(self.warningCount, "warning"), (notes, "note")].filter { $0.0 > 0 }
            .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        return "probe: " + (counts.isEmpty ? "all is well" : counts.joined(separator: ", "))
    }

    /// Annotations of GitHub workflows; they are about no line of a file.
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
                "\(count) name\(count == 1 ? "" : "s") asked for on the network: nobody else holds \(count == 1 ? "it" : "any")"
        }
        var table = TextTable("NAME", "SCOPE", "HELD BY")
        for finding in held {
            table.append([
                finding.name.name.description, finding.name.scope.description, finding.holder.map { "\($0)" } ?? "",
            ])
        }
        return table.text
    }

    /// Milliseconds with one digit behind the point, `<0.1` for less.
    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = Int(duration / .microseconds(100))
        return tenths == 0 ? "<0.1 ms" : "\(tenths / 10).\(tenths % 10) ms"
    }

    /// A few routes, and how many more there are.
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
    /// What the newest dialect that it accepts says of signatures.
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
            holder.isRouter
                ? "\(holder): the router runs" : holder.isAnotherRouter ? "\(holder) holds it" : "taken by \(holder)"
        case .held(by: nil): "taken by another process"
        case .noSuchAddress: "no interface has the address"
        case .notPermitted: "nobody has it; this user may not bind it"
        case .failed(let reason): reason
        }
    }
}

extension ProbeRemark {
    /// Characters of a message or a help at most: as long as a path may be.
    private static let longestText = 4096

    /// The layout of `check`'s diagnostics, without a place.
    fileprivate func text(colour: Bool) -> String {
        let (strong, plain) = colour ? ("\u{1B}[1m", "\u{1B}[0m") : ("", "")
        // Paths and names of processes are others' words.
        let message = self.message.printable(limit: Self.longestText)
        let paint = colour ? (self.severity == .warning ? "\u{1B}[1;33m" : "\u{1B}[1;36m") : ""
        return """
            \(paint)\(self.severity.rawValue)[\(self.code.rawValue)]\(plain)\(strong): \(message)\(plain)
              = \(strong)help\(plain): \(self.help.printable(limit: Self.longestText))
            """
    }
}
