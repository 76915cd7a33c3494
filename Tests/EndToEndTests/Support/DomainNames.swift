import Foundation
import Synchronization

/// A DNS server on a host's UDP port 53 that responds, or fails, as a test requires.
final class DomainNames: Sendable {
    /// The response to a query.
    enum Mood: Sendable {
        /// These IPv4 addresses, and no IPv6 address.
        case answers([String])
        /// SERVFAIL.
        case fails
        /// NXDOMAIN.
        case denies
        /// No response.
        case silent
        /// Says nothing of the names under a domain, and answers for others with these IPv4 addresses.
        case silentOn(String, others: [String])
    }

    private let socket: RawDatagrams
    private let state: Mutex<State>

    private struct State {
        var mood: Mood
        var questions = 0
        var isStopped = false
    }

    init(on host: Host, _ mood: Mood) throws {
        self.socket = try RawDatagrams(on: host, port: 53)
        self.state = Mutex(State(mood: mood))
        host.own { self.state.withLock { $0.isStopped = true } }
        let thread = Thread { self.serve() }
        thread.start()
    }

    var mood: Mood {
        get { self.state.withLock { $0.mood } }
        set { self.state.withLock { $0.mood = newValue } }
    }

    /// The number of queries received.
    var questions: Int { self.state.withLock { $0.questions } }

    private func serve() {
        while !self.state.withLock({ $0.isStopped }) {
            guard let question = try? self.socket.receive(within: 0.1) else { continue }
            self.state.withLock { $0.questions += 1 }
            guard let answer = Self.answer(to: question.bytes, self.mood) else { continue }
            try? self.socket.send(answer, to: question.address, port: question.port)
        }
    }

    /// RFC 1035 §4.1: the header and question, followed by the records.
    private static func answer(to question: [UInt8], _ mood: Mood) -> [UInt8]? {
        // The question ends with the zero byte of its name, its type and its class; the rest is ignored.
        guard question.count > 12, let nameEnd = question[12...].firstIndex(of: 0), question.count >= nameEnd + 5 else {
            return nil
        }
        let asked = Array(question[12..<nameEnd + 5]), wantsIPv4 = question[nameEnd + 2] == 1
        func message(_ code: UInt8, _ records: [[UInt8]] = []) -> [UInt8] {
            Array(question[..<2]) + [0x81, 0x80 | code] + Wire.word(1) + Wire.word(records.count) + [0, 0, 0, 0] + asked
                + records.flatMap { $0 }
        }
        switch mood {
        case .silentOn(let domain, let addresses):
            let zone = domain.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            let isIn = question[12..<nameEnd].suffix(zone.count).elementsEqual(zone)
            return isIn ? nil : Self.answer(to: question, .answers(addresses))
        case .answers(let addresses):
            return message(
                0,
                wantsIPv4
                    ? addresses.map { address in
                        [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]
                            + address.split(separator: ".").compactMap { UInt8($0) }
                    } : []
            )
        case .fails: return message(2)
        case .denies: return message(3)
        case .silent: return nil
        }
    }
}
