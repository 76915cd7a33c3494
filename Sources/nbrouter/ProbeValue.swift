import NetBIOS
import NetBIOSRouter
import NetworkDiagnosis
import RouterControl

/// The member `probe` in the JSON of `check --format json`.
struct ProbeValue: Encodable {
    let backends: [Backend]
    let ports: [Port]
    let addresses: [Address]
    let files: [File]
    let names: [Name]
    let remarks: [Remark]
    let complete: Bool

    struct Backend: Encodable {
        let backend: String
        let routes: [String]
        @NullWhenAbsent var address: String?
        let reached: Bool
        @NullWhenAbsent var error: String?
        @NullWhenAbsent var roundTripMs: Double?
        @NullWhenAbsent var smb1: String?
        @NullWhenAbsent var smb2: String?
        @NullWhenAbsent var signing: String?
    }

    struct Port: Encodable {
        let transport: String
        let address: String
        let state: String
        @NullWhenAbsent var holder: String?
        @NullWhenAbsent var pid: Int?
    }

    struct Address: Encodable {
        let address: String
        let route: String
        @NullWhenAbsent var interface: String?
    }

    struct File: Encodable {
        let file: String
        let user: String
        let readable: Bool
        @NullWhenAbsent var reason: String?
    }

    struct Name: Encodable {
        let name: String
        let suffix: String
        let scope: String
        @NullWhenAbsent var holder: String?
    }

    struct Remark: Encodable {
        let severity: String
        let code: String
        let message: String
        let help: String
    }

    init(_ printer: ProbePrinter) {
        let report = printer.report
        self.backends = report.backends.map { backend in
            Backend(
                backend: backend.backend,
                routes: backend.routes,
                address: backend.address,
                reached: backend.failure == nil,
                error: backend.failure,
                roundTripMs: backend.roundTrip.map { $0 / .milliseconds(1) },
                smb1: backend.smb1?.dialect,
                smb2: backend.smb2?.dialect,
                signing: backend.signing?.rawValue
            )
        }
        self.ports = report.ports.map { port in
            let (state, holder) = port.state.words
            return Port(
                transport: port.transport,
                address: port.address,
                state: state,
                holder: holder?.process,
                pid: holder?.pid
            )
        }
        self.addresses = report.addresses.map { address in
            Address(
                address: "\(address.address)",
                route: address.route,
                interface: address.interface
            )
        }
        self.files = report.files.map { file in
            File(
                file: file.path,
                user: file.user,
                readable: file.obstacle == nil,
                reason: file.obstacle
            )
        }
        self.names = report.names.map { finding in
            Name(
                name: finding.name.name.text,
                suffix: "0x\(finding.name.name.suffix)",
                scope: finding.name.scope.description,
                holder: finding.holder.map { "\($0)" }
            )
        }
        self.remarks = printer.remarks.map { remark in
            Remark(
                severity: remark.severity.rawValue,
                code: remark.code.rawValue,
                message: remark.message,
                help: remark.help
            )
        }
        self.complete = report.unfinished.isEmpty
    }

    private enum CodingKeys: String, CodingKey {
        case backends, ports, addresses, files, names, remarks, complete
    }
}

extension ProbeValue.Backend {
    private enum CodingKeys: String, CodingKey {
        case backend, routes, address, reached, error
        case roundTripMs = "round_trip_ms"
        case smb1, smb2, signing
    }
}

extension ProbeReport.SMBAnswer {
    /// The accepted dialect; `nil` if none was accepted.
    fileprivate var dialect: String? {
        switch self {
        case .accepts(let dialect, _): "\(dialect)"
        case .refuses, .hangsUp, .silent, .notSMB, .failed: nil
        }
    }
}

extension ProbeReport.PortFinding.State {
    /// The state in one word, and the process that holds the port.
    fileprivate var words: (String, ProbeReport.PortHolder?) {
        switch self {
        case .free: ("free", nil)
        case .held(let holder): ("taken", holder)
        case .noSuchAddress: ("no_such_address", nil)
        case .notPermitted: ("not_permitted", nil)
        case .failed: ("failed", nil)
        }
    }
}
