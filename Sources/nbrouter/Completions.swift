import ArgumentParser
import NetBIOS
import RouteConfig
import NetBIOSRouter
import RouterControl

/// What a shell proposes behind a command or an option, beyond the words that are known when its script is made.
///
/// The shell asks this program in its turn. Where no router answers soon, or no file can be read, nothing is proposed.
enum Completions {
    /// The sessions of the running router.
    static let sessions = CompletionKind.custom { words, _, _ in
        let sessions: [SessionSnapshot]? = await Line(words).read("/sessions")
        return Completions.plain(sessions?.map(\.id))
    }

    /// The backends that get new sessions.
    static let backends = Completions.backends { $0.state != .draining }

    /// Those that get none.
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

    /// How long somebody who has pressed a key is kept waiting for a router.
    private static let patience = Duration.seconds(1)

    private static func backends(
        where isMeant: @escaping @Sendable (BackendStatus) -> Bool
    ) -> CompletionKind {
        .custom { words, _, _ in
            let status: StatusReport? = await Line(words).read("/status")
            return Completions.plain(status?.router.backends.filter(isMeant).map(\.backend.description))
        }
    }

    /// Those of the words, each once, that every shell takes as they are: bash would run what is in `$()`, and who answers
    /// on a control socket may be a stranger.
    private static func plain(_ words: [String]?) -> [String] {
        let words = (words ?? []).filter { $0.wholeMatch(of: /[A-Za-z0-9._:\[\]-]+/) != nil }
        return Set(words).sorted()
    }

    /// A command line that is still being written.
    private struct Line {
        let words: [String]

        init(_ words: [String]) { self.words = words }

        /// The routes file that it names, or the default.
        var file: String { self.value(of: "--config") ?? RoutesFile.defaultPath }

        /// What the router that it names says at a path; `nil` when it says nothing of use.
        func read<Value: Decodable>(_ target: String) async -> Value? {
            guard let path = self.value(of: "--control") ?? ControlPath(ofFile: self.file).path else { return nil }
            let answer = try? await ControlClient(path: path).ask(.get, target, within: Completions.patience)
            return try? answer?.value()
        }

        /// The value of an option; bash makes words of `=` and of what is around it.
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
