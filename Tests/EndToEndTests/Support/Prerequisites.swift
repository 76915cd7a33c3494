import Foundation
import Glibc

/// The prerequisites of end-to-end tests.
enum Prerequisites {
    /// The search path for programs: the caller's, then Debian's administrative directories.
    static let path = [
        ProcessInfo.processInfo.environment["PATH"], "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin",
    ]
    .compactMap { $0 }
    .joined(separator: ":")

    /// The file of a program.
    ///
    /// - Throws: ``MissingPrerequisite`` if it is not installed.
    static func find(_ program: String) throws -> String {
        if program.contains("/") { return program }
        for folder in self.path.split(separator: ":") where access("\(folder)/\(program)", X_OK) == 0 {
            return "\(folder)/\(program)"
        }
        throw MissingPrerequisite(description: "`\(program)` is not installed; Tests/run installs what the tests need")
    }

    /// Checks that this process may make network namespaces.
    static func requireRoot() throws {
        guard geteuid() == 0 else {
            throw MissingPrerequisite(
                description: "the end-to-end tests make network namespaces, which takes root: start them with Tests/run"
            )
        }
    }

    /// The nbrouter under test: `NBROUTER_BINARY`, or the one built with the tests.
    static func router() throws -> String {
        if let path = ProcessInfo.processInfo.environment["NBROUTER_BINARY"], !path.isEmpty { return path }
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let binary = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("nbrouter").path
        guard access(binary, X_OK) == 0 else {
            throw MissingPrerequisite(
                description: "there is no nbrouter at \(binary): build it first, or name one in NBROUTER_BINARY"
            )
        }
        return binary
    }
}

/// A missing prerequisite; the text has the remedy.
struct MissingPrerequisite: Error, CustomStringConvertible {
    let description: String
}
