import ArgumentParser
import NetBIOS
import NetBIOSRouter
import NetworkDiagnosis
import RouteConfig
import RouterControl

/// `nbrouter node-status`: prints the name table of a host.
struct NodeStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node-status",
        abstract: "Print the names of a host, as nbtstat -A does.",
        discussion: """
            HOST is an IPv4 address, a NetBIOS name as people write it, which is looked up by broadcast, or a host name. \
            Needs no running router, no routes file and no privileges.

            Exits with 0 when the host has answered, with 1 when it has not or is not found, and with 2 when it could not \
            be asked.
            """
    )

    @Argument(help: ArgumentHelp("The host.", valueName: "HOST"))
    var host: String

    @OptionGroup var options: QueryOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        _ = try Scope(argument: self.options.scope)
    }

    func run() async throws {
        let scope = try Scope(argument: self.options.scope)
        let (address, name) = try await self.find(in: scope)
        let reports = await self.options.asker.ask(.nodeStatus, about: [name], at: [.host(address)])
        reports.printFailures()
        let result = reports.flatMap(\.queries).flatMap(\.answers).lazy
            .compactMap { NodeStatusResult(of: name, $0) }.first
        if let result {
            print(self.json ? try JSONText.of(result) : result.text)
        } else if reports.allSatisfy({ $0.failure == nil }) {
            StandardError.write("\(address): no response\n")
        }
        let exitCode = reports.exitCode(isFound: result != nil)
        if !exitCode.isSuccess { throw exitCode }
    }

    /// Returns the address to query, and the name in the query: the name the host was found by, or the wildcard.
    private func find(in scope: Scope) async throws -> (IPv4Address, QualifiedName) {
        let everybody = QualifiedName(.wildcard, scope: scope)
        if let address = IPv4Address(self.host) { return (address, everybody) }
        if let found = await self.findByName(in: scope) { return found }
        do {
            if let address = try await HostAddresses.of(self.host).first { return (address, everybody) }
            StandardError.write("\(self.host): not found: it has no IPv4 address\n")
        } catch {
            StandardError.write(
                "\(self.host): not found: no response for the NetBIOS name; as a host name: \(error)\n"
            )
        }
        throw ExitCode(1)
    }

    /// Searches for a NetBIOS name, as a server and a workstation unless it has a suffix; `nil` if not found.
    private func findByName(in scope: Scope) async -> (IPv4Address, QualifiedName)? {
        guard let server = try? QualifiedName(notation: self.host, scope: scope),
            let workstation = try? QualifiedName(notation: self.host, suffix: .workstation, scope: scope)
        else { return nil }
        let names = [server, workstation]
        return await self.options.asker.owners(of: names, at: self.options.broadcastPlaces).firstHost
    }
}

extension [NameQueryClient.Report] {
    /// The first host that reports a name, and the name; `nil` if there is none.
    ///
    /// Broadcast addresses are skipped, since any host can send any response.
    var firstHost: (address: IPv4Address, name: QualifiedName)? {
        let broadcasts = Set(self.map(\.place).filter(\.isBroadcast).map(\.destination))
        for query in self.flatMap(\.queries) {
            for case .addresses(let entries, _) in query.answers.map(\.answer) {
                let host = entries.map(\.address).first { $0.canBeOneHost && !broadcasts.contains($0) }
                if let host { return (host, query.request.name) }
            }
        }
        return nil
    }
}
