import ArgumentParser
import NetBIOS
import RouteConfig
import NetBIOSRouter
import RouterControl

/// Shell completions that are only known at run time.
///
/// The shell calls this program for them. If no router responds in time, or no file is readable, there are none.
enum Completions {
    /// The sessions of the running router.
    static let sessions = CompletionKind.custom { words, _, _ in
        let sessions: [SessionSnapshot]? = await Line(words).read("/sessions")
        return Completions.plain(sessions?.map(\.id))
    }

    /// Backends that are not draining.
    static let backends = Completions.backends { $0.state != .draining }

    /// Backends that are draining.
    static let drainedBackends = Completions.backends { $0.state == .draining }

    /// The names in the routes file.
    static let names = CompletionKind.custom { words, _, _ in
        let routes = ConfigurationReader.load(file: Line(words).file).configuration?.routes
        return Completions.plain(routes?.flatMap { [$0.name.text] + $0.aliases.map(\.text) })
    }

    /// The network interfaces of this machine.
    static let interfaces = CompletionKind.shellCommand("ls /sys/class/net 2>/dev/null")

    /// The users of this machine.
    static let users = CompletionKind.shellCommand("getent passwd | cut -d: -f1")

    /// The time to wait for a router; a user is waiting at the prompt.
    private static let patience = Duration.seconds(1)

    private static func backends(
        where isMeant: @escaping @Sendable (BackendStatus) -> Bool
    ) -> CompletionKind {
        .custom { words, _, _ in
            let status: StatusReport? = await Line(words).read("/status")
            return Completions.plain(status?.router.backends.filter(isMeant).map(\.backend.description))
        }
    }

    /// Returns the distinct words that are safe in every shell: bash would execute `$()`, and the process on a control
    /// socket may not be trusted.
    private static func plain(_ words: [String]?) -> [String] {
        let words = (words ?? []).filter { $0.wholeMatch(of: /[A-Za-z0-9._:\[\]-]+/) != nil }
        return Set(words).sorted()
    }

    /// A partial command line.
    private struct Line {
        let words: [String]

        init(_ words: [String]) { self.words = words }

        /// The routes file of the command line, or the default.
        var file: String { self.value(of: "--config") ?? RoutesFile.defaultPath }

        /// Reads a value from the command line's router; `nil` on any failure.
        func read<Value: Decodable>(_ target: String) async -> Value? {
            guard let path = self.value(of: "--control") ?? ControlPath(ofFile: self.file).path else { return nil }
            let answer = try? await ControlClient(path: path).ask(.get, target, within: Completions.patience)
            return try? answer?.value()
        }

        /// Returns the value of an option; bash splits words at `=`.
        private func value(of option: String) -> String? {
            for (index, word) in self.words.enumerated() {
                if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
                guard word == option else { continue }
                return self.words.dropFirst(index + 1).first { $0 != "=" }
            }
            return nil
        }
    }
}
