import NIOCore
import NIOPosix
import NetBIOS
public import RouteConfig

/// Looks at what a configuration meets on this machine and in its network, for `nbrouter check --probe`.
///
/// It binds the router's ports for a moment, connects to each backend, and asks the network for each name. It changes
/// nothing, claims nothing, and ends in time whoever keeps silent.
public struct Probe: Sendable {
    private let configuration: RouterConfiguration
    private let files: [String]
    private let user: String
    private let limit: Duration

    /// - Parameters:
    ///   - configuration: What is to be run.
    ///   - files: The files that it was read from.
    ///   - user: The user that is to run it; files are not looked at when there is none of this name.
    ///   - limit: The longest that ``run(progress:)`` takes.
    public init(_ configuration: RouterConfiguration, files: [String], user: String, limit: Duration) {
        self.configuration = configuration
        self.files = files
        self.user = user
        self.limit = limit
    }

    /// Backends that are looked at side by side.
    private static let concurrency = 64

    /// The longest that a backend is waited for, once for the connection and once for the answer.
    private static let longestWait: Duration = .seconds(5)

    /// Looks at everything.
    ///
    /// - Parameter progress: Called with how many backends were looked at, of how many.
    /// - Returns: What was seen until the limit.
    public func run(progress: @escaping @Sendable (Int, Int) -> Void) async -> ProbeReport {
        let end = NIODeadline.now() + TimeAmount(self.limit)
        let interfaces = NetworkInterface.all()
        async let names = self.names(interfaces)
        async let backends = self.backends(until: end, progress: progress)
        var report = ProbeReport()
        report.ports = self.ports
        report.directSMB = self.directSMB(interfaces)
        report.addresses = self.addresses(interfaces)
        if let probe = FileProbe(user: self.user) { report.files = self.files.map(probe.finding) }
        report.descriptors = DescriptorNeed(self.configuration).finding
        report.backends = await backends.findings
        report.names = await names.findings
        report.unaskedPlaces = await names.unaskedPlaces
        report.unfinished = await backends.unfinished + names.unfinished
        return report
    }
}

// MARK: - Backends

extension Probe {
    private func backends(
        until end: NIODeadline,
        progress: @escaping @Sendable (Int, Int) -> Void
    ) async -> (findings: [ProbeReport.BackendFinding], unfinished: [String]) {
        let probes = self.backendProbes(until: end)
        var findings = [[ProbeReport.BackendFinding]?](repeating: nil, count: probes.count)
        await withTaskGroup(of: (Int, [ProbeReport.BackendFinding]?).self) { group in
            var next = 0, done = 0
            func startOne() {
                guard next < probes.count, NIODeadline.now() < end else { return }
                let (index, probe) = (next, probes[next])
                next += 1
                group.addTask { (index, await probe.findings()) }
            }
            for _ in 0..<Self.concurrency { startOne() }
            for await (index, finding) in group {
                findings[index] = finding
                done += 1
                progress(done, probes.count)
                startOne()
            }
        }
        let missing = zip(probes, findings).filter { $0.1 == nil }.map { "backend \($0.0.backend)" }
        return (findings.compactMap(\.self).flatMap(\.self), missing)
    }

    /// One for each backend, whatever the number of its routes, in the order of the file.
    private func backendProbes(until end: NIODeadline) -> [BackendProbe] {
        var order: [Backend] = []
        var routes: [Backend: [String]] = [:]
        for route in self.configuration.routes {
            for backend in route.backends {
                if routes[backend] == nil { order.append(backend) }
                routes[backend, default: []].append(route.name.text)
            }
        }
        let wait = min(self.configuration.sessions.connectTimeout ?? Self.longestWait, Self.longestWait)
        return order.map { backend in
            BackendProbe(
                backend: backend,
                routes: routes[backend] ?? [],
                timeout: TimeAmount(wait),
                end: end,
                eventLoop: MultiThreadedEventLoopGroup.singleton.next()
            )
        }
    }
}

// MARK: - This machine

extension Probe {
    private var ports: [ProbeReport.PortFinding] {
        let listen = self.configuration.listen
        var probes: [PortProbe] = []
        for address in listen.addresses {
            probes.append(PortProbe(transport: .tcp, address: address, port: listen.sessionPort))
            probes.append(PortProbe(transport: .udp, address: address, port: listen.namePort))
            if self.configuration.names.announce {
                probes.append(PortProbe(transport: .udp, address: address, port: listen.datagramPort))
            }
        }
        return probes.map { $0.finding() }
    }

    /// Who takes direct SMB at an address that names are advertised with and that is on an interface.
    private func directSMB(_ interfaces: [NetworkInterface]) -> [ProbeReport.DirectSMBFinding] {
        let local = Set(interfaces.flatMap(\.addresses).map(\.address))
        let networks = NameNetworks(self.configuration.listen, routeAddresses: [], interfaces: interfaces).networks
        let own = self.configuration.routes.contains { $0.address == nil } ? networks.map(\.address) : []
        let advertised = Set(own + self.configuration.routes.compactMap(\.address).filter(local.contains))
        let table = PortTable(.tcp)
        return advertised.sorted().filter { table.isTaken($0, port: Backend.defaultPort) }.map { address in
            ProbeReport.DirectSMBFinding(
                address: address,
                holder: table.holder(of: address, port: Backend.defaultPort)
            )
        }
    }

    private func addresses(_ interfaces: [NetworkInterface]) -> [ProbeReport.AddressFinding] {
        self.configuration.routes.compactMap { route in
            guard let address = route.address else { return nil }
            let interface = interfaces.first { interface in
                interface.isUp && interface.addresses.contains { $0.address == address }
            }
            return ProbeReport.AddressFinding(address: address, route: route.name.text, interface: interface?.name)
        }
    }
}

// MARK: - The network

extension Probe {
    /// Asks for each unique name, on every network that names are advertised on and of each WINS server.
    ///
    /// What this machine answers itself, as it does while the router runs, is nobody else's; nor is an answer with a route's own
    /// address, which is the other node of a pair.
    private func names(
        _ interfaces: [NetworkInterface]
    ) async -> (findings: [ProbeReport.NameFinding], unaskedPlaces: [String], unfinished: [String]) {
        let names = self.configuration.advertisedNames.filter { !$0.isGroup }
        var asker = NameAsker()
        asker.port = self.configuration.listen.namePort
        asker.limit = self.limit
        let places = AskedPlace.places(for: self.configuration)
        guard !places.isEmpty else { return ([], ["no interface is up on which names are advertised"], []) }
        let reports = await asker.owners(of: names.map(\.name), at: places)
        let unasked = reports.compactMap { report in
            report.wasAsked ? nil : report.failure.map { "\(report.place.destination): \($0)" }
        }
        guard unasked.count < reports.count else { return ([], unasked, []) }
        let own = Set(interfaces.flatMap(\.addresses).map(\.address))
        var findings: [ProbeReport.NameFinding] = []
        var unfinishedCount = 0
        let asked = reports.filter(\.wasAsked).map { report in
            Dictionary(report.queries.map { ($0.request.name, $0) }) { first, _ in first }
        }
        for name in names {
            let queries = asked.compactMap { $0[name.name] }
            if queries.contains(where: { !$0.isFinished }) { unfinishedCount += 1 }
            let holders = queries.flatMap(\.uniqueOwners).filter { !own.contains($0) && $0 != name.address }
            findings.append(ProbeReport.NameFinding(name: name.name, holder: holders.first))
        }
        return (findings, unasked, unfinishedCount == 0 ? [] : ["\(unfinishedCount) of \(names.count) names"])
    }
}

extension NameQuery {
    /// The addresses at which hosts say that they own the name, and not as a group's.
    fileprivate var uniqueOwners: [IPv4Address] {
        self.answers.flatMap { reply -> [IPv4Address] in
            switch reply.answer {
            case .addresses(let entries, _):
                return entries.filter { !$0.isGroup }.map(\.address)
            case .registered, .registrationRefused, .challenge, .released, .releaseRefused, .wait, .queryRefused,
                .redirect, .nodeStatus:
                return []
            }
        }
    }
}
