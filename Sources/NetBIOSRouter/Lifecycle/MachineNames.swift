import Glibc
import Sockets

/// The names of this machine that need no name server: its host name, alone and in the domains that are searched.
enum MachineNames {
    /// - Parameters:
    ///   - hostName: As gethostname(3) has it.
    ///   - resolverConfiguration: The text of resolv.conf(5).
    /// - Returns: The names in lower case.
    static func names(hostName: String, resolverConfiguration: String) -> Set<String> {
        let host = hostName.lowercased(), first = String(host.prefix { $0 != "." })
        guard !first.isEmpty else { return [] }
        let domains = resolverConfiguration.split(separator: "\n").flatMap { line -> [String] in
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let key = words.first, key == "search" || key == "domain" else { return [] }
            return words.dropFirst().map { $0.lowercased() }
        }
        return Set([host, first] + domains.map { "\(first).\($0.hasSuffix(".") ? String($0.dropLast()) : $0)" })
    }

    /// The names at present.
    static func current() -> Set<String> {
        var host = [CChar](repeating: 0, count: 256)
        // The last byte stays zero.
        guard gethostname(&host, host.count - 1) == 0 else { return [] }
        let name = String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return self.names(hostName: name, resolverConfiguration: self.text(of: "/etc/resolv.conf"))
    }

    /// The beginning of a file; empty when it cannot be read. glibc reads no more than the first few lines that count.
    private static func text(of path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

extension RouterService {
    /// The names of this machine, in lower case, read on the thread that reads files.
    public nonisolated func machineNames() async -> Set<String> {
        await self.loops.files.run { MachineNames.current() }
    }
}
