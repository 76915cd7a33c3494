import ArgumentParser
import NetBIOSRouter
import RouteConfig
import RouterControl

/// `nbrouter names`: lists the names that the running router advertises, with their states.
struct NamesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "names",
        abstract: "List the NetBIOS names and their states.",
        discussion: """
            Exits with 0, whatever the states, and with 2 when no router answers.
            """
    )

    @OptionGroup var router: ControlOptions

    @Flag(help: "Print one JSON array.")
    var json = false

    func run() async throws {
        let names: [NameSnapshot] = try await self.router.read("/names")
        guard !self.json else { return print(try JSONText.of(names)) }
        var table = TextTable(
            "NAME",
            "SCOPE",
            "STATE",
            .minor("ROUTE"),
            "INTERFACE",
            "ADDRESS",
            "HOLDER",
            .minor("REGISTRAR"),
            .minorNumber("TTL"),
            .minorNumber("REFRESH")
        )
        for name in names {
            table.append([
                .init("\(name.name)<\(name.suffix.dropFirst(2))>" + (name.isGroup ? " group" : "")),
                .init(name.scope),
                .init(name.state.rawValue, name.colour),
                .init(name.route ?? ""),
                .init(name.interface ?? ""),
                .init(name.address),
                .init(name.holder ?? "", .red),
                .init(name.registrar ?? ""),
                .init(name.grantedSeconds.map { Quantity.time(milliseconds: $0 * 1000) } ?? ""),
                .init(name.refreshSeconds.map { Quantity.time(milliseconds: $0 * 1000) } ?? ""),
            ])
        }
        print(table.text(for: .output))
    }
}

extension NameSnapshot {
    fileprivate var colour: TextColour? {
        switch self.state {
        case .owned: .green
        case .conflict: .red
        case .standby: .faint
        case .claiming, .releasing: .yellow
        }
    }
}
