public import ArgumentParser
import NetBIOS
import NetBIOSRouter
import NetworkDiagnosis
public import RouteConfig

/// The options of the commands that ask the network.
struct AskingOptions: ParsableArguments {
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
        if self.port == 0 { throw ValidationError("Port 0 cannot be asked.") }
        if let timeout, timeout.duration < .milliseconds(3) {
            throw ValidationError("A timeout of \(timeout) leaves no time for an answer.")
        }
        if self.broadcast != nil, !self.interfaces.isEmpty {
            throw ValidationError(
                "--broadcast and --interface exclude each other: the kernel finds the way to an address."
            )
        }
    }

    /// The asker that these options make.
    var asker: NameAsker {
        var asker = NameAsker()
        asker.port = self.port
        asker.sourcePort = self.sourcePort
        if let timeout {
            asker.timing.broadcastInterval = timeout.duration / asker.timing.broadcastCount
            asker.timing.unicastInterval = timeout.duration / asker.timing.unicastCount
            asker.limit = timeout.duration
        }
        return asker
    }

    /// Where broadcasts go; empty when there is nowhere to broadcast.
    var broadcastPlaces: [AskedPlace] {
        self.broadcast.map { [.broadcast($0)] } ?? AskedPlace.networks(self.interfaces)
    }

    /// Why there is nowhere to broadcast, and what to do.
    var adviceWithoutPlaces: String {
        self.interfaces.isEmpty
            ? "no interface is up and can broadcast: compare `ip address`, or ask one host"
            : "no interface that is up fits --interface: compare `ip address`"
    }
}

extension InterfaceSelector: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}

extension [NameAsker.Report] {
    /// Says on standard error which places could not be asked, or sent the question back, and why.
    func tellOfFailures() {
        for report in self {
            guard let failure = report.failure else { continue }
            StandardError.write("nbrouter: \(failure.wasAsked ? "" : "could not ask ")\(report.place): \(failure)\n")
        }
    }

    /// How a command ends that has found something, or nothing.
    func exitCode(isFound: Bool) -> ExitCode {
        if isFound { return .success }
        return self.contains(where: \.wasAsked) ? ExitCode(1) : ExitCode(2)
    }
}
