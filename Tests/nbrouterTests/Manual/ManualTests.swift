import ArgumentParser
import Foundation
import NetBIOS
import NetBIOSRouter
import RouterControl
import Testing

@testable import nbrouter

/// The manual lists what the program has: each list is compared with its source, and what differs is named.
struct ManualTests {
    @Test func `every page names the version of the program`() throws {
        let pages = try ManualPage.all()
        #expect(
            pages.map(\.name) == [
                "nbrouter-api.5", "nbrouter-guide.7", "nbrouter-trouble.7", "nbrouter.8", "routes.yaml.5",
            ]
        )
        for page in pages {
            let line = ".Os nbrouter \(NBRouter.version.number)"
            let isNamed = page.text.split(separator: "\n").contains(Substring(line))
            #expect(isNamed, "\(page.name) has no line '\(line)'")
        }
    }

    @Test(arguments: NBRouter.configuration.subcommands.map { $0.configuration.commandName ?? "" })
    func `nbrouter(8) has the command with every option`(name: String) throws {
        let page = try ManualPage("nbrouter.8")
        let heads = page.section("COMMANDS").filter { $0.hasPrefix(".It ") }.map { $0.split(separator: " ") }
        let isListed = heads.contains { head in zip(head, head.dropFirst()).contains { $0 == "Cm" && $1 == name } }
        #expect(isListed, "\(name) is not in COMMANDS")
        let command = try #require(NBRouter.configuration.subcommands.first { $0.configuration.commandName == name })
        let options = NBRouter.helpMessage(for: command).matches(of: /(?m)^  (?:-\w, )?--([a-z-]+)/).map(\.output.1)
        let missing = options.filter { !page.text.contains("Fl -\($0)") }
        #expect(missing.isEmpty, "options of \(name) that are not in nbrouter(8)")
    }

    @Test func `every command that can be copied is one that the program takes`() throws {
        let commands = try ManualPage.all().flatMap { page in page.commands.map { (page.name, $0) } }
        #expect(commands.count > 40)
        for (page, words) in commands {
            #expect(throws: Never.self, "\(page): nbrouter \(words.joined(separator: " "))") {
                _ = try NBRouter.parseAsRoot(words)
            }
        }
    }

    @Test func `nbrouter-trouble(7) explains every log message, in alphabetical order, and no other`() throws {
        let log = LogMessages(try Repository.sources())
        #expect(log.messages.count > 40)
        #expect(log.computed == ["nbrouter/RunCommand.swift: error.startFailure"])
        let listed = try ManualPage("nbrouter-trouble.7").items(in: "LOG MESSAGES")
        let missing = log.messages.filter { !listed.contains($0.text) }.map { "\"\($0.text)\" (\($0.path))" }
        #expect(missing.isEmpty, "log messages that are not in nbrouter-trouble(7)")
        let texts = Set(log.messages.map(\.text))
        let gone = listed.filter { !texts.contains($0) }
        #expect(gone.isEmpty, "messages in nbrouter-trouble(7) that no source logs")
        let misplaced = zip(listed, listed.dropFirst()).filter { $0.lowercased() > $1.lowercased() }.map(\.1)
        #expect(misplaced.isEmpty, "messages after one that follows them in the alphabet")
    }

    @Test func `nbrouter-trouble(7) explains every end of a session, in alphabetical order`() throws {
        let listed = try ManualPage("nbrouter-trouble.7").items(in: "ENDS OF SESSIONS")
        let different = Set(listed).symmetricDifference(SessionEnd.all.map(\.description))
        #expect(different.isEmpty, "ends that are in nbrouter-trouble(7) or in the program alone")
        #expect(listed == listed.sorted())
    }

    @Test func `nbrouter-api(5) explains every metric`() throws {
        let sources = try Repository.sources().filter { $0.path.hasPrefix("RouterControl/Metrics") }
        let metrics = sources.flatMap { $0.text.matches(of: /"(nbrouter_[a-z_]+)"/).map { String($0.output.1) } }
        #expect(metrics.count > 10)
        let page = try ManualPage("nbrouter-api.5")
        let listed = page.section("METRICS").compactMap { $0.firstMatch(of: /^\.It Li (nbrouter_[a-z_]+)/) }
        let different = Set(metrics).symmetricDifference(listed.map { String($0.output.1) })
        #expect(different.isEmpty, "metrics that are in nbrouter-api(5) or in the program alone")
        let words =
            NameServiceCounters.Kind.allCases.map(\.rawValue) + NameServiceCounters.Outcome.allCases.map(\.rawValue)
        let missing = words.filter { !page.macroWords.contains($0) }
        #expect(missing.isEmpty, "words of nbrouter_name_packets_total that are not in nbrouter-api(5)")
    }

    @Test func `nbrouter-api(5) explains every key of the log`() throws {
        let page = try ManualPage("nbrouter-api.5")
        let listed = Set(page.section("LOG").flatMap { $0.split(separator: " ") }.map(String.init))
        let missing = LogKey.allCases.map(\.rawValue).filter { !listed.contains($0) }
        #expect(missing.isEmpty, "log keys that are not in nbrouter-api(5)")
    }

    @Test func `every reference to a section of a page names one`() throws {
        let pages = try ManualPage.all()
        let reference = /(nbrouter(?:-[a-z]+)?\(\d\)|routes\.yaml\(5\)), ([A-Z][^.;]*)/
        let headings = Dictionary(uniqueKeysWithValues: pages.map { ($0.reference, $0.headings) })
        var wrong: [String] = []
        for (path, text) in try ["man", "Sources", "examples"].flatMap({ try Repository.texts(in: $0) }) {
            let line = text.replacing(/\\?\n */, with: " ")
            for (_, page, section) in line.matches(of: reference).map(\.output) {
                let isKnown = (headings[String(page)] ?? []).contains { heading in
                    section.hasPrefix(heading) && section.dropFirst(heading.count).first?.isLetter != true
                }
                if !isKnown { wrong.append("\(path): \(page), \(section.prefix(40))") }
            }
        }
        #expect(wrong.isEmpty, "references to no section")
        for page in pages {
            let targets = page.text.split(separator: "\n").filter { $0.hasPrefix(".Sx ") }.map { line in
                String(line.dropFirst(4)).replacing("\"", with: "").replacing(/\s[.,;:]$/, with: "")
            }
            let missing = targets.filter { !page.headings.contains($0) }
            #expect(missing.isEmpty, "\(page.name) refers to sections that it does not have")
        }
    }

    @Test func `nbrouter-api(5) has every member of the JSON`() throws {
        let words = try ManualPage("nbrouter-api.5").macroWords
        let keys = try Repository.sources().flatMap { path, text in
            JSONKeys.names(in: text).filter { !words.contains($0) }.map { "\($0) (\(path))" }
        }
        #expect(keys.isEmpty, "members of JSON that are not in nbrouter-api(5)")
    }
}

extension SessionEnd {
    /// Every end. The switch makes a new case an error here.
    fileprivate static var all: [SessionEnd] {
        let others: [SessionEnd] = [
            .client, .backend, .requestTimeout, .idleTimeout, .protocolViolation, .closed, .removed, .shutdown, .error,
        ]
        for end in others {
            switch end {
            case .client, .backend, .refused, .requestTimeout, .idleTimeout, .protocolViolation, .closed, .removed,
                .shutdown, .error:
                continue
            }
        }
        return others + SessionRefusal.allCases.map { .refused($0) }
    }
}
