import Glibc

/// One measured value: a line of the results.
struct Record {
    /// What was measured, from the general to the special: `relay`, `up`, `mixed`, `16`.
    var figure: [String]
    var candidate: String
    var value: Double

    /// Prints the line on standard output.
    func print() {
        TextFile.write("\(self.figure.joined(separator: "/"))\t\(self.candidate)\t\(self.value)\n", to: STDOUT_FILENO)
    }

    init(_ figure: [String], _ candidate: String, _ value: Double) {
        self.figure = figure
        self.candidate = candidate
        self.value = value
    }

    /// Reads a line; `nil` where it is none.
    init?(line: Substring) {
        let fields = line.split(separator: "\t")
        guard fields.count == 3, let value = Double(fields[2]) else { return nil }
        self.init(fields[0].split(separator: "/").map(String.init), String(fields[1]), value)
    }
}

/// What a measurement is given on the command line: `--option value` as often as wanted.
struct Options {
    private var values: [String: [String]] = [:]
    /// What stands behind `--`.
    private(set) var command: [String] = []

    init(_ arguments: some Collection<String>) throws {
        var rest = Array(arguments)[...]
        while let option = rest.popFirst() {
            guard option != "--" else {
                self.command = Array(rest)
                return
            }
            guard option.hasPrefix("--"), let value = rest.popFirst() else {
                throw Failure("not an option: \(option)")
            }
            self.values[String(option.dropFirst(2)), default: []].append(value)
        }
    }

    /// All values of an option.
    func all(_ option: String) -> [String] { self.values[option] ?? [] }

    /// The text that an option must have.
    func text(_ option: String) throws -> String {
        guard let value = self.values[option]?.last else { throw Failure("--\(option) is missing") }
        return value
    }

    /// The number that an option must have.
    func number(_ option: String) throws -> Int {
        guard let value = Int(try self.text(option)) else { throw Failure("--\(option) takes a number") }
        return value
    }

    /// The numbers that an option must have, with commas between them.
    func numbers(_ option: String) throws -> [Int] {
        let numbers = try self.text(option).split(separator: ",").compactMap { Int($0) }
        guard !numbers.isEmpty else { throw Failure("--\(option) takes numbers") }
        return numbers
    }

    /// All candidates.
    func targets() throws -> [Target] { try self.all("target").map { try Target($0) } }

    /// The far end's process.
    func server() throws -> ProcessFigures { ProcessFigures(pid_t(try self.number("server"))) }
}
