import Glibc
import Sockets
import NetBIOS
import NetBIOSRouter
public import RouteConfig

/// Examines the environment of a configuration, for `nbrouter check --probe`: this machine and its network.
///
/// Binds the router's ports briefly, connects to each backend, and queries the network for each name. Changes and
/// claims nothing, and ends by its deadline.
public struct Probe: Sendable {
    private let configuration: RouterConfiguration
    private let files: Files
    private let user: User
    private let limit: Duration

    /// The origin of the configuration.
    public struct Files: Sendable {
        /// The main file first; empty if the configuration was not read from files.
        public var paths: [String]
        /// The directories that wildcards of `include` search.
        public var directories: [String]
        /// The file that a router reads by default.
        public var defaultPath: String

        public init(paths: [String], directories: [String], defaultPath: String) {
            self.paths = paths
            self.directories = directories
            self.defaultPath = defaultPath
        }
    }

    /// The user of the router.
    public struct User: Sendable {
        public var name: String
        /// Whether the user was given explicitly; an unknown default user is no problem.
        public var isGiven: Bool

        public init(_ name: String, isGiven: Bool) {
            self.name = name
            self.isGiven = isGiven
        }
    }

    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - files: The files of the configuration.
    ///   - user: The user of the router; files are not checked if the user is unknown.
    ///   - limit: The maximum duration of ``run(progress:)``.
    public init(_ configuration: RouterConfiguration, files: Files, user: User, limit: Duration) {
        self.configuration = configuration
        self.files = files
        self.user = user
        self.limit = limit
    }

    /// The number of backends probed concurrently.
    private static let concurrency = 64

    /// The maximum time for the connection to a backend, and again for its response.
    private static let longestWait: Duration = .seconds(5)

    /// Runs all checks.
    ///
    /// - Parameter progress: Called with the number of backends probed, and of all backends.
    /// - Returns: The findings up to the deadline.
    public func run(progress: @escaping @Sendable (Int, Int) -> Void) async -> ProbeReport {
        let end = MonotonicTime.now() + self.limit
        let interfaces = (try? NetworkInterface.all()) ?? []
        async let names = self.names(interfaces)
        async let backends = self.backends(until: end, progress: progress)
        async let machine = self.machine(interfaces, until: end)
        var report = ProbeReport()
        report.addresses = self.addresses(interfaces)
        report.descriptors = DescriptorNeed(self.configuration).finding
        report.clientSource = self.configuration.clientSourceProblem().map { problem in
            .init(problem: problem, isOfThisUser: problem.isPermissionDenied && geteuid() != 0)
        }
        report.backends = await backends.findings
        report.names = await names.findings
        report.unaskedPlaces = await names.unaskedPlaces
        let found = await machine
        report.files = found.files ?? []
        if found.files == nil, self.user.isGiven { report.unknownUser = self.user.name }
        (report.ports, report.directSMB) = (found.ports.findings, found.ports.directSMB)
        report.unfinished = await backends.unfinished + found.ports.unfinished + names.unfinished
        return report
    }
}

// MARK: - Backends

extension Probe {
    private func backends(
        until end: MonotonicTime,
        progress: @escaping @Sendable (Int, Int) -> Void
    ) async -> (findings: [ProbeReport.BackendFinding], unfinished: [String]) {
        guard let handle = try? EventLoopHandle.start(), let resolver = try? HostResolver(domainLimit: .max) else {
            return ([], ["the backends: no descriptor or thread is left for it"])
        }
        let probes = self.backendProbes(until: end, on: handle, resolver: resolver)
        var outcomes = [BackendProbe.Outcome?](repeating: nil, count: probes.count)
        await withTaskGroup(of: (Int, BackendProbe.Outcome).self) { group in
            var next = 0, done = 0
            func startOne() {
                guard next < probes.count, MonotonicTime.now() < end else { return }
                let (index, probe) = (next, probes[next])
                next += 1
                group.addTask { (index, await probe.outcome()) }
            }
            for _ in 0..<Self.concurrency { startOne() }
            for await (index, outcome) in group {
                outcomes[index] = outcome
                done += 1
                progress(done, probes.count)
                startOne()
            }
        }
        let unfinished = zip(probes, outcomes).flatMap { probe, outcome in
            outcome?.unfinished ?? ["backend \(probe.backend)"]
        }
        return (outcomes.compactMap(\.self).flatMap(\.findings), unfinished)
    }

    /// Makes a probe for each backend, in file order, whatever the number of its routes.
    private func backendProbes(
        until end: MonotonicTime,
        on handle: EventLoopHandle,
        resolver: HostResolver
    ) -> [BackendProbe] {
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
                timeout: wait,
                end: end,
                handle: handle,
                resolver: resolver
            )
        }
    }
}

// MARK: - This machine

extension Probe {
    private typealias Ports = (
        findings: [ProbeReport.PortFinding], directSMB: [ProbeReport.DirectSMBFinding], unfinished: [String]
    )

    /// Looks at the files, `nil` where there is no such user, and at the ports.
    private func machine(
        _ interfaces: [NetworkInterface],
        until end: MonotonicTime
    ) async -> (files: [ProbeReport.FileFinding]?, ports: Ports) {
        let found = try? await DiagnosisThreads.run {
            let probe = FileProbe(user: self.user.name)
            let files = probe.map { probe in
                self.files.paths.map(probe.finding(forFile:)) + self.files.directories.map(probe.finding(forDirectory:))
            }
            return (files: files, ports: self.ports(interfaces, until: end))
        }
        return found ?? ([], ([], [], ["this machine: no thread is left for it"]))
    }

    /// Tries the router's ports, and looks up who has those that are taken, and direct SMB.
    private func ports(
        _ interfaces: [NetworkInterface],
        until end: MonotonicTime
    ) -> Ports {
        let attempts = self.portProbes.prefix { _ in .now() < end }.map { ($0, $0.attempt()) }
        let tables = [PortProbe.Transport.tcp: PortTable(.tcp, until: end), .udp: PortTable(.udp, until: end)]
        let sockets = attempts.map { probe, attempt -> PortTable.Socket? in
            switch attempt {
            case .free, .noSuchAddress, .failed: nil
            case .inUse: tables[probe.transport]?.socket(probe.address, port: probe.port)
            case .notPermitted:
                switch probe.transport {
                case .tcp: tables[.tcp]?.listener(at: probe.address, port: probe.port)
                case .udp: tables[.udp]?.socket(probe.address, port: probe.port)
                }
            }
        }
        let direct = self.advertisedAddresses(interfaces).compactMap { address in
            tables[.tcp]?.listener(at: address, port: Backend.defaultPort).map { (address, $0) }
        }
        let inodes = sockets.compactMap { $0?.inode } + direct.map(\.1.inode)
        let holders = SocketHolders(of: Set(inodes), until: end)
        let router = RunningRouter(
            control: self.configuration.control,
            file: self.files.paths.first,
            defaultFile: self.files.defaultPath
        )
        let findings = zip(attempts, sockets).map { attempt, socket in
            let holder = holders.holder(of: socket, router: router)
            return attempt.0.finding(attempt.1.state(isTaken: socket != nil, by: holder))
        }
        let directSMB = direct.map { address, socket in
            ProbeReport.DirectSMBFinding(address: address, holder: holders.holder(of: socket, router: router))
        }
        let left = self.portProbes.count - attempts.count
        let isComplete = holders.isComplete && tables.values.allSatisfy(\.isComplete)
        let unfinished = (left > 0 ? ["\(left) ports"] : []) + (isComplete ? [] : ["the processes that hold ports"])
        return (findings, directSMB, unfinished)
    }

    /// A probe for each port that `run` binds, except UDP sockets at single addresses beside one at the wildcard
    /// address.
    private var portProbes: [PortProbe] {
        let listen = self.configuration.listen
        var probes: [PortProbe] = []
        for address in listen.addresses {
            probes.append(PortProbe(transport: .tcp, address: address, port: listen.sessionPort))
            probes.append(PortProbe(transport: .udp, address: address, port: listen.namePort))
            if self.configuration.names.announce {
                probes.append(PortProbe(transport: .udp, address: address, port: listen.datagramPort))
            }
        }
        guard !listen.addresses.contains(.any) else { return probes }
        let others = Set(self.configuration.routes.compactMap(\.address)).subtracting(listen.addresses).sorted()
        return probes
            + others.map {
                PortProbe(transport: .tcp, address: $0, port: listen.sessionPort, mayBeAbsent: true)
            }
    }

    /// Returns the addresses that names are advertised with and that are on an interface.
    private func advertisedAddresses(_ interfaces: [NetworkInterface]) -> [IPv4Address] {
        let local = Set(interfaces.flatMap(\.addresses).map(\.address))
        let networks = NameNetworks(self.configuration.listen, routeAddresses: [], interfaces: interfaces).networks
        let own = self.configuration.routes.contains { $0.address == nil } ? networks.map(\.address) : []
        return Set(own + self.configuration.routes.compactMap(\.address).filter(local.contains)).sorted()
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

extension PortProbe.Attempt {
    /// Interprets the result, with the knowledge whether a socket holds the port.
    fileprivate func state(isTaken: Bool, by holder: ProbeReport.PortHolder?) -> ProbeReport.PortFinding.State {
        switch self {
        case .free: .free
        case .inUse: .held(by: holder)
        case .noSuchAddress: .noSuchAddress
        case .notPermitted: isTaken ? .held(by: holder) : .notPermitted
        case .failed(let reason): .failed(reason)
        }
    }
}

// MARK: - The network

extension Probe {
    /// Queries each network and WINS server for each unique name.
    ///
    /// Responses from this machine, where the router may be running, do not count as other holders; neither do those
    /// with the route's own address, which come from the other node of a pair.
    private func names(
        _ interfaces: [NetworkInterface]
    ) async -> (findings: [ProbeReport.NameFinding], unaskedPlaces: [String], unfinished: [String]) {
        let names = self.configuration.advertisedNames.filter { !$0.isGroup }
        var asker = NameQueryClient()
        asker.port = self.configuration.listen.namePort
        asker.limit = self.limit
        let places = QueryDestination.places(for: self.configuration)
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
    /// The addresses of hosts that own the name as a unique name.
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
