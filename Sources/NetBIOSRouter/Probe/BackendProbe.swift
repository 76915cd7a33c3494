import NIOCore
import NetBIOS
import RouteConfig

/// Looks at one backend: its addresses, and what each answers to clients of SMB 1 and to those of SMB 2 and 3.
struct BackendProbe: Sendable {
    let backend: Backend
    /// The routes that it serves.
    let routes: [String]
    /// For the look-up, and again for each negotiation.
    let timeout: TimeAmount
    /// When it must have ended, whatever it was waiting for.
    let end: NIODeadline
    let eventLoop: any EventLoop

    /// Looks at each address that the backend has.
    ///
    /// - Returns: A finding for each address; one without address when there is none.
    func findings() async -> [ProbeReport.BackendFinding] {
        var finding = ProbeReport.BackendFinding(backend: "\(self.backend)", routes: self.routes)
        do {
            let addresses = try await self.addresses()
            return await withTaskGroup(of: (Int, ProbeReport.BackendFinding).self) { group in
                for (index, address) in addresses.enumerated() {
                    group.addTask { (index, await self.finding(of: address)) }
                }
                var findings: [(Int, ProbeReport.BackendFinding)] = []
                for await finding in group { findings.append(finding) }
                return findings.sorted { $0.0 < $1.0 }.map(\.1)
            }
        } catch {
            finding.failure = "\(ErrorText(error))"
            return [finding]
        }
    }

    /// How long to wait for what begins now.
    private var wait: TimeAmount { max(.milliseconds(1), min(self.timeout, self.end - .now())) }

    /// Where the backend is: its address, or those of its name.
    private func addresses() async throws -> [SocketAddress] {
        if let address = try? SocketAddress(ipAddress: self.backend.host, port: Int(self.backend.port)) {
            return [address]
        }
        let promise = self.eventLoop.makePromise(of: [SocketAddress].self)
        HostLookups.shared.look(up: self.backend.host) { promise.completeWith($0) }
        let timeout = self.eventLoop.scheduleTask(in: self.wait) {
            promise.fail(HostLookups.Failure(description: "no name server answered in time", isTemporary: true))
        }
        defer { timeout.cancel() }
        return try await promise.futureResult.get().map { address in
            var address = address
            address.port = Int(self.backend.port)
            return address
        }
    }

    private func finding(of address: SocketAddress) async -> ProbeReport.BackendFinding {
        var finding = ProbeReport.BackendFinding(backend: "\(self.backend)", routes: self.routes)
        finding.address = address.logText
        async let smb1 = self.negotiate(.smb1, with: address)
        async let smb2 = self.negotiate(.smb2, with: address)
        let results = await [smb1, smb2]
        finding.roundTrip = results.compactMap { try? $0.get().connectDuration }.min()
        if finding.roundTrip == nil, case .failure(let error) = results[0] {
            finding.failure = "\(ErrorText(error))"
        } else {
            finding.smb1 = Self.answer(results[0])
            finding.smb2 = Self.answer(results[1])
        }
        return finding
    }

    private func negotiate(
        _ request: NegotiateRequest,
        with address: SocketAddress
    ) async -> Result<BackendNegotiation, any Error> {
        do {
            let future = BackendNegotiation.negotiate(request, with: address, within: self.wait, on: self.eventLoop)
            return .success(try await future.get())
        } catch {
            return .failure(error)
        }
    }

    private static func answer(_ result: Result<BackendNegotiation, any Error>) -> ProbeReport.SMBAnswer {
        switch result {
        case .failure(let error): return .failed("\(ErrorText(error))")
        case .success(let negotiation):
            switch negotiation.outcome {
            case .answered(let response):
                return response.dialect.map { .accepts($0, signing: response.signing) } ?? .refuses
            case .closed: return .refuses
            case .silent: return .silent
            case .notSMB: return .notSMB
            }
        }
    }
}
