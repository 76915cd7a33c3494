import Sockets
import NetBIOS
import NetBIOSRouter
import RouteConfig
import Synchronization

/// Probes one backend: its addresses, and the responses to SMB 1 and SMB 2 and 3 clients.
struct BackendProbe: Sendable {
    let backend: Backend
    /// The routes of the backend.
    let routes: [String]
    /// The time limit of the lookup, once a name server is queried, and of each negotiation.
    let timeout: Duration
    /// The deadline of the probe.
    let end: MonotonicTime
    let handle: EventLoopHandle
    /// The resolver of the backend's name.
    let resolver: HostResolver

    /// The findings, and the checks that ``end`` cut short.
    struct Outcome: Sendable {
        /// One per address; a single one without an address if there is none.
        var findings: [ProbeReport.BackendFinding] = []
        /// Descriptions of the checks.
        var unfinished: [String] = []
    }

    /// Addresses of a backend that are looked at side by side, with two connections each.
    private static let concurrency = 4

    /// Looks at each address that the backend has.
    func outcome() async -> Outcome {
        do {
            let addresses = try await self.addresses()
            return await withTaskGroup(of: (Int, Outcome).self) { group in
                var outcomes: [(Int, Outcome)] = []
                for (index, address) in addresses.enumerated() {
                    if index >= Self.concurrency, let outcome = await group.next() { outcomes.append(outcome) }
                    group.addTask { (index, await self.outcome(of: address)) }
                }
                for await outcome in group { outcomes.append(outcome) }
                return outcomes.sorted { $0.0 < $1.0 }.reduce(into: Outcome()) { whole, part in
                    whole.findings += part.1.findings
                    whole.unfinished += part.1.unfinished
                }
            }
        } catch is EndOfProbe {
            return Outcome(unfinished: ["backend \(self.backend)"])
        } catch {
            var finding = ProbeReport.BackendFinding(backend: "\(self.backend)", routes: self.routes)
            finding.failure = "\(error)"
            return Outcome(findings: [finding])
        }
    }

    /// The deadline of the probe has passed.
    private struct EndOfProbe: Error {}

    /// Returns the backend's address, or the addresses of its name.
    private func addresses() async throws -> [Endpoint] {
        if let address = Endpoint(numeric: self.backend.host, port: self.backend.port) {
            return [address]
        }
        let (handle, host, timeout, end) = (self.handle, self.backend.host, self.timeout, self.end)
        let resolver = self.resolver
        let addresses = try await withCheckedThrowingContinuation { continuation in
            let answer = FirstAnswer(continuation)
            handle.execute { loop in _ = loop.schedule(at: end) { answer.give(.failure(EndOfProbe())) } }
            let started: @Sendable () -> Void = {
                handle.execute { loop in
                    _ = loop.schedule(at: .now() + timeout) {
                        let reason = "the lookup timed out"
                        answer.give(.failure(HostResolver.Failure(description: reason, isTemporary: true)))
                    }
                }
            }
            resolver.look(up: host, started: started) { answer.give($0) }
        }
        return addresses.map { Endpoint($0.host, port: self.backend.port) }
    }

    private func outcome(of address: Endpoint) async -> Outcome {
        var finding = ProbeReport.BackendFinding(backend: "\(self.backend)", routes: self.routes)
        finding.address = "\(address)"
        async let smb1 = self.negotiate(.smb1, with: address)
        async let smb2 = self.negotiate(.smb2, with: address)
        let results = await [smb1, smb2]
        let unfinished = results.contains { $0 == nil } ? ["backend \(finding.place)"] : []
        finding.roundTrip = results.compactMap { try? $0?.get().connectDuration }.min()
        if finding.roundTrip == nil {
            guard case .failure(let error)? = results.compactMap(\.self).first else {
                return Outcome(unfinished: unfinished)
            }
            finding.failure = "\(error)"
            return Outcome(findings: [finding])
        }
        finding.smb1 = results[0].map { Self.answer($0, to: .smb1) }
        finding.smb2 = results[1].map { Self.answer($0, to: .smb2) }
        return Outcome(findings: [finding], unfinished: unfinished)
    }

    /// Negotiates once; `nil` if ``end`` shortened the time limit.
    private func negotiate(
        _ request: NegotiateRequest,
        with address: Endpoint
    ) async -> Result<BackendNegotiation, any Error>? {
        let left = self.end - .now()
        let isCut = left < self.timeout
        let wait = max(.milliseconds(1), min(self.timeout, left))
        do {
            let negotiation = try await BackendNegotiation.negotiate(
                request,
                with: address,
                within: wait,
                on: self.handle
            )
            return isCut && negotiation.outcome == .silent ? nil : .success(negotiation)
        } catch is ConnectTimeout where isCut {
            return nil
        } catch {
            return .failure(error)
        }
    }

    private static func answer(
        _ result: Result<BackendNegotiation, any Error>,
        to request: NegotiateRequest
    ) -> ProbeReport.SMBAnswer {
        switch result {
        case .failure(let error): .failed("\(error)")
        case .success(let negotiation): ProbeReport.SMBAnswer(negotiation.outcome, to: request)
        }
    }
}

/// Resumes a continuation with the first of several results.
private final class FirstAnswer: Sendable {
    private let continuation: Mutex<CheckedContinuation<[Endpoint], any Error>?>

    init(_ continuation: CheckedContinuation<[Endpoint], any Error>) {
        self.continuation = Mutex(continuation)
    }

    func give(_ result: Result<[Endpoint], any Error>) {
        self.continuation.withLock { $0.take() }?.resume(with: result)
    }
}

extension ProbeReport.SMBAnswer {
    /// Interprets the response to a client that offered only the dialects of `request`.
    init(_ outcome: BackendNegotiation.Outcome, to request: NegotiateRequest) {
        switch outcome {
        case .answered(let response):
            if let dialect = response.dialect, request.dialects.contains(dialect) {
                self = .accepts(dialect, signing: response.signing)
            } else {
                self = .refuses
            }
        case .closed: self = .hangsUp
        case .silent: self = .silent
        case .notSMB: self = .notSMB
        }
    }
}
