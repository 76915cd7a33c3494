import Glibc

/// The load generator of `Tests/Benchmarks/run`.
@main
enum Main {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        do {
            try self.run(CommandLine.arguments.dropFirst())
        } catch {
            TextFile.write("load: \(error)\n", to: STDERR_FILENO)
            exit(1)
        }
    }

    private static func run(_ arguments: ArraySlice<String>) throws {
        let options = try Options(arguments.dropFirst())
        switch arguments.first {
        case "server": try Server(port: UInt16(try options.number("port"))).run()
        case "relay": try Relay.run(options)
        case "latency": try Latency.run(options)
        case "flood": try Flood.run(options)
        case "sessions": try Sessions.run(options)
        case "memory": try Memory.run(options)
        case "least-name-service": try LeastNameService.run(options)
        case "names": try Names.run(options)
        case "time": try Time.run(options)
        case "pause": try Pause.run(options)
        case "instructions": try Instructions.run(options)
        case "plot": try Plot.run(options)
        case "report": try Report.run(options)
        case let other: throw Failure("there is no `\(other ?? "")`")
        }
    }
}
