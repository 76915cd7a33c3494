import Foundation
import PackagePlugin

/// Tells the program which commit it is built of, in a source file that is made for it.
///
/// A build asks git again when the checkout or a source file is another one than before, and the file is written when the
/// answer is. Without git, or outside of a checkout, the file says that nothing is known.
@main
struct CommitPlugin: BuildToolPlugin {
    /// Asks git and writes the file, for a package ($1) and a file ($2).
    ///
    /// Who builds a checkout trusts it, whoever owns it; a repository around the package is not the package's; and git
    /// writes nothing. What was changed counts where the program is made of it.
    private static let script = #"""
        cd "$1" || exit
        export GIT_CEILING_DIRECTORIES="${1%/*}" GIT_OPTIONAL_LOCKS=0
        ask() { git -c safe.directory="$PWD" "$@" 2>/dev/null; }
        text=nil
        if commit=$(ask rev-parse --short HEAD); then
            changes=$(ask status --porcelain --untracked-files=no -- Package.swift Package.resolved Sources)
            text="\"$commit${changes:++}\""
        fi
        printf '%s\n' '/// The commit that the program is built of; CommitPlugin writes this.' 'enum BuiltCommit {' \
            '    /// Abbreviated, with a plus sign behind it where files differed from it; `nil` where it is not known.' \
            "    static let text: String? = $text" '}' >"$2.new"
        if cmp -s "$2.new" "$2"; then rm "$2.new"; else mv "$2.new" "$2"; fi
        """#

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = context.package.directoryURL
        let file = context.pluginWorkDirectoryURL.appending(path: "BuiltCommit.swift")
        return [
            .buildCommand(
                displayName: "Noting the commit",
                executable: URL(filePath: "/bin/sh"),
                arguments: ["-c", Self.script, "sh", folder.path, file.path],
                inputFiles: self.sources(of: context.package) + self.marks(of: folder),
                outputFiles: [file]
            )
        ]
    }

    /// What the program is made of.
    private func sources(of package: Package) -> [URL] {
        let modules = package.targets.compactMap { $0 as? any SourceModuleTarget }.filter { $0.kind != .test }
        return modules.flatMap { $0.sourceFiles.map(\.url) } + [package.directoryURL.appending(path: "Package.swift")]
    }

    /// Those files of git that change when a commit is made or checked out.
    private func marks(of folder: URL) -> [URL] {
        var place = folder.appending(path: ".git")
        // In a second working tree this is a file that says where they are.
        if let text = try? String(contentsOf: place, encoding: .utf8), let words = text.firstMatch(of: /gitdir: (.+)/) {
            place = URL(filePath: String(words.1), relativeTo: folder)
        }
        return ["HEAD", "logs/HEAD", "index"].map { place.appending(path: $0).absoluteURL }
            .filter { FileManager.default.fileExists(atPath: $0.path) }
    }
}
