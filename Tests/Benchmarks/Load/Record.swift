import Glibc

/// A measured value: a line of the results.
struct Record {
    /// The figure, from general to specific: `relay`, `up`, `mixed`, `16`.
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

    /// Parses a line; `nil` if it is invalid.
    init?(line: Substring) {
        let fields = line.split(separator: "\t")
        guard fields.count == 3, let value = Double(fields[2]) else { return nil }
        self.init(fields[0].split(separator: "/").map(String.init), String(fields[1]), value)
    }
}

/// The options of a measurement: `--option value`, repeatable.
struct Options {
    private var values: [String: [String]] = [:]
    /// The arguments after `--`.
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

    /// Returns all values of an option.
    func all(_ option: String) -> [String] { self.values[option] ?? [] }

    /// Returns the text of a required option.
    func text(_ option: String) throws -> String {
        guard let value = self.values[option]?.last else { throw Failure("--\(option) is missing") }
        return value
    }

    /// Returns the number of a required option.
    func number(_ option: String) throws -> Int {
        guard let value = Int(try self.text(option)) else { throw Failure("--\(option) takes a number") }
        return value
    }

    /// Returns the comma-separated numbers of a required option.
    func numbers(_ option: String) throws -> [Int] {
        let numbers = try self.text(option).split(separator: ",").compactMap { Int($0) }
        guard !numbers.isEmpty else { throw Failure("--\(option) takes numbers") }
        return numbers
    }

    /// Returns all candidates.
    func targets() throws -> [Target] { try self.all("target").map { try Target($0) } }

    /// Returns the process at the far end.
    func server() throws -> ProcessFigures { ProcessFigures(pid_t(try self.number("server"))) }
}
