import Foundation
import Glibc

/// The resources that a running process uses, from `/proc`.
enum ProcessUse {
    /// The resident memory, in bytes.
    static func residentBytes(of process: ChildProcess) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
        for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            if let kibibytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({
                Int($0)
            }) {
                return kibibytes * 1024
            }
        }
        throw SystemFailure("read the memory of process \(process.pid)", code: ESRCH)
    }

    /// The processor time so far, in seconds.
    static func processorSeconds(of process: ChildProcess) throws -> Double {
        let line = try String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)
        // The second field, the program's name in parentheses, may hold blanks; utime and stime are the 14th and 15th.
        let fields = line.drop { $0 != ")" }.split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw SystemFailure("read the processor time of process \(process.pid)", code: ESRCH)
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Stops it until SIGCONT, and waits: on a busy machine some threads keep running for a while after the signal.
    static func halt(_ process: ChildProcess) throws {
        process.send(signal: SIGSTOP)
        let folder = "/proc/\(process.pid)/task"
        try eventually("every thread to be halted") {
            try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { thread in
                let line = try String(contentsOfFile: "\(folder)/\(thread)/stat", encoding: .utf8)
                return line.drop { $0 != ")" }.hasPrefix(") T")
            }
        }
    }

    /// The number of open descriptors.
    static func openDescriptors(of process: ChildProcess) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/fd").count
    }

    /// The number of open sockets.
    static func openSockets(of process: ChildProcess) throws -> Int {
        let folder = "/proc/\(process.pid)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).count { descriptor in
            // One may be closed between the two calls.
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(descriptor)")
            return target?.hasPrefix("socket:") == true
        }
    }
}
