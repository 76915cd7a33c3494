import ArgumentParser
import NetBIOS
import NetBIOSRouter
import NetworkDiagnosis
import RouteConfig
import RouterControl

/// `nbrouter lookup`: resolves a name on the network.
struct LookupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookup",
        abstract: "Find a name on the network.",
        discussion: """
            Asks by broadcast on every interface that is up and can broadcast, or one host. Needs no running router, no \
            routes file and no privileges. NAME is written as people write it: XYKON-2, XYKON-2<20> as nbtstat does, or \
            XYKON-2#20 as Samba does; without a suffix it is <20>, a server's. The name * is everybody's.

            Exits with 0 when the name is found, with 1 when it is not, and with 2 when nobody could be asked.
            """
    )

    @Argument(help: ArgumentHelp("The name.", valueName: "NAME"))
    var name: String

    @Option(
        name: .customLong("server"),
        help: ArgumentHelp(
            "Ask this host, such as a WINS server, instead of everybody. May be repeated.",
            valueName: "ADDRESS"
        )
    )
    var servers: [IPv4Address] = []

    @Flag(help: "Query a host for its own names only, without recursion, as one node queries another.")
    var noRecursion = false

    @OptionGroup var options: QueryOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        _ = try self.qualifiedName()
        guard self.servers.isEmpty else {
            guard self.options.interfaces.isEmpty, self.options.broadcast == nil else {
                throw ValidationError("--server queries one host; it excludes --interface and --broadcast.")
            }
            return
        }
        if self.noRecursion { throw ValidationError("--no-recursion requires --server.") }
    }

    func run() async throws {
        let name = try self.qualifiedName()
        let places = self.servers.isEmpty ? self.options.broadcastPlaces : self.servers.map(QueryDestination.host)
        guard !places.isEmpty else {
            StandardError.write("nbrouter: cannot send a query: \(self.options.adviceWithoutPlaces)\n")
            throw ExitCode(2)
        }
        let question = NameQuery.Question.owner(recursionDesired: !self.noRecursion)
        let reports = await self.options.asker.ask(question, about: [name], at: places)
        let result = LookupResult(of: name, reports)
        reports.printFailures()
        if self.json {
            print(try JSONText.of(result))
        } else if result.addresses.isEmpty {
            for reason in LookupResult.reasons(reports) { StandardError.write("\(name): not found: \(reason)\n") }
        } else {
            print(result.text)
        }
        let exitCode = reports.exitCode(isFound: !result.addresses.isEmpty)
        if !exitCode.isSuccess { throw exitCode }
    }

    private func qualifiedName() throws -> QualifiedName {
        try QualifiedName(argument: self.name, scope: self.options.scope)
    }
}
