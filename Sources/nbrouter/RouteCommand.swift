import ArgumentParser
import Glibc
import NetBIOS
import NetBIOSRouter
import RouteConfig
import RouterControl

/// `nbrouter route`: explains the route selection of a call, from the routes file.
struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Show which route and backend a call takes, and why.",
        discussion: """
            Reads the routes file and asks nothing of the network or of a running router. NAME is written as people \
            write it: XYKON-2, XYKON-2<20> as nbtstat does, or XYKON-2#20 as Samba does; without a suffix it is <20>, \
            which sessions call.

            Exits with 0 when a route takes the call, with 1 when it would be refused, and with 2 when the file or the \
            name cannot be used.
            """
    )

    @Argument(help: ArgumentHelp("The called name.", valueName: "NAME"), completion: Completions.names)
    var name: String

    @Option(help: ArgumentHelp("The scope of the call.", valueName: "SCOPE"))
    var scope: String?

    @Option(help: ArgumentHelp("The client's address, for `allow` and `deny`.", valueName: "ADDRESS"))
    var from: IPv4Address?

    @Option(
        help: ArgumentHelp(
            "The router's address that the client connects to, for calls by address.",
            valueName: "ADDRESS"
        )
    )
    var to: IPv4Address?

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The routes file.", valueName: "FILE"),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var file = RoutesFile.defaultPath

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        _ = try self.calledName()
    }

    func run() throws {
        let called = try self.calledName()
        let result = ConfigurationReader.load(file: self.file)
        guard let configuration = result.configuration else {
            StandardError.write(result.rendered(colour: DiagnosticPrinter.isColourWanted(on: STDERR_FILENO)))
            throw ExitCode(2)
        }
        let explanation = RouteExplanation(
            of: called,
            from: self.from,
            to: self.to,
            in: RouteTable(configuration)
        )
        print(self.json ? try JSONText.of(explanation.report) : explanation.text)
        if explanation.refusal != nil { throw ExitCode(1) }
    }

    /// The name and scope of the command line. A DNS name is cut to its first fifteen bytes, as Windows does.
    private func calledName() throws -> QualifiedName {
        let scope = try Scope(argument: self.scope)
        do throws(InvalidNameNotation) {
            return try QualifiedName(notation: self.name, scope: scope)
        } catch .name(.tooLong) where self.name.contains(".") {
            let start = String(decoding: self.name.utf8.prefix(NetBIOSName.maximumTextLength), as: UTF8.self)
            if let called = try? QualifiedName(notation: start, scope: scope) { return called }
            throw ValidationError("'\(self.name)' is not a NetBIOS name, and neither are its first 15 bytes.")
        } catch {
            throw ValidationError("'\(self.name)' is not a NetBIOS name: \(error.advice).")
        }
    }
}

extension RouteExplanation {
    /// Formats the steps, a sentence each, and the verdict.
    fileprivate var text: String {
        (self.steps + [self.verdict]).joined(separator: "\n")
    }

    private var verdict: String {
        if let refusal { return "\(self.called): refused with 0x\(refusal.codeText), \(refusal.meaning)" }
        guard let route, let first = route.backends.first else { return "\(self.called): not routed" }
        return "\(self.called): route \(route.name.text), backend \(first)"
    }

    /// The same content as JSON.
    fileprivate var report: RouteReport {
        let backends = self.refusal == nil ? self.route?.backends ?? [] : []
        return RouteReport(
            called: self.called.name.description,
            scope: self.called.scope.description,
            backends: backends.map(\.description),
            steps: self.steps,
            route: self.route?.name.text,
            refusal: self.refusal.map { "0x" + $0.codeText }
        )
    }
}

/// The JSON of `nbrouter route`.
private struct RouteReport: Encodable {
    let called: String
    let scope: String
    /// In file order; empty if the call is refused.
    let backends: [String]
    let steps: [String]
    /// `null` if no route was found.
    @NullWhenAbsent var route: String?
    /// `0x82`; `null` if the call is accepted.
    @NullWhenAbsent var refusal: String?

    init(called: String, scope: String, backends: [String], steps: [String], route: String?, refusal: String?) {
        self.called = called
        self.scope = scope
        self.backends = backends
        self.steps = steps
        self.route = route
        self.refusal = refusal
    }
}

extension SessionRefusal {
    fileprivate var codeText: String { String(self.rawValue, radix: 16, uppercase: true) }

    /// The text of the code in RFC 1002 §4.3.4.
    fileprivate var meaning: String {
        switch self {
        case .notListeningOnCalledName: "not listening on called name"
        case .notListeningForCallingName: "not listening for calling name"
        case .calledNameNotPresent: "called name not present"
        case .insufficientResources: "called name present, but insufficient resources"
        case .unspecified: "unspecified error"
        }
    }
}
