public import ArgumentParser
import NetBIOS
import NetBIOSRouter
import NetworkDiagnosis
public import RouteConfig

/// Options of the commands that send name queries.
struct QueryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The scope of the name.", valueName: "SCOPE"))
    var scope: String?

    @Option(
        name: .customLong("interface"),
        help: ArgumentHelp(
            "Broadcast on this interface alone: its name, or a network that its address is in. May be repeated.",
            valueName: "INTERFACE"
        ),
        completion: Completions.interfaces
    )
    var interfaces: [InterfaceSelector] = []

    @Option(help: ArgumentHelp("Broadcast to this address instead of each interface's own.", valueName: "ADDRESS"))
    var broadcast: IPv4Address?

    @Option(
        help: ArgumentHelp(
            "How long to wait for an answer, in which there are three tries: 500ms, 5s. (default: 750ms of a broadcast, 15s of a host)",
            valueName: "DURATION"
        )
    )
    var timeout: DurationArgument?

    @Option(help: ArgumentHelp("The UDP port that is asked.", valueName: "PORT"))
    var port: UInt16 = NameServiceEndpoint.standardPort

    @Option(
        help: ArgumentHelp(
            "The UDP port to ask from; 0 for any. The oldest hosts answer to 137 alone, which takes root.",
            valueName: "PORT"
        )
    )
    var sourcePort: UInt16 = 0

    func validate() throws {
        if self.port == 0 { throw ValidationError("--port must not be 0.") }
        if let timeout, timeout.duration < .milliseconds(3) {
            throw ValidationError("--timeout must be at least 3ms, not \(timeout).")
        }
        if self.broadcast != nil, !self.interfaces.isEmpty {
            throw ValidationError(
                "--broadcast and --interface are mutually exclusive: the kernel routes the address."
            )
        }
    }

    /// Makes the query client for these options.
    var asker: NameQueryClient {
        var asker = NameQueryClient()
        asker.port = self.port
        asker.sourcePort = self.sourcePort
        if let timeout {
            asker.timing.broadcastInterval = timeout.duration / asker.timing.broadcastCount
            asker.timing.unicastInterval = timeout.duration / asker.timing.unicastCount
            asker.limit = timeout.duration
        }
        return asker
    }

    /// The destinations of broadcasts; empty if there is none.
    var broadcastPlaces: [QueryDestination] {
        self.broadcast.map { [.broadcast($0)] } ?? QueryDestination.networks(self.interfaces)
    }

    /// Explains why there is no broadcast destination, with the remedy.
    var adviceWithoutPlaces: String {
        self.interfaces.isEmpty
            ? "no interface is up and can broadcast; see `ip address`, or query one host"
            : "no interface that is up matches --interface; see `ip address`"
    }
}

extension InterfaceSelector: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}

extension [NameQueryClient.Report] {
    /// Reports failed destinations on standard error.
    func printFailures() {
        for report in self {
            guard let failure = report.failure else { continue }
            StandardError.write("nbrouter: \(failure.wasAsked ? "" : "cannot query ")\(report.place): \(failure)\n")
        }
    }

    /// Returns the exit code of a search: success, or 1 if nothing was found.
    func exitCode(isFound: Bool) -> ExitCode {
        if isFound { return .success }
        return self.contains(where: \.wasAsked) ? ExitCode(1) : ExitCode(2)
    }
}
