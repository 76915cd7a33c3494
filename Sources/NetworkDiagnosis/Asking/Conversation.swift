import Glibc
import NetBIOS

/// One place while a ``NameAsker`` asks it. Belongs to the thread that waits.
final class Conversation {
    private let place: AskedPlace
    private let asker: NameAsker
    private var inquiry: NameInquiry
    private var socket: AskingSocket?
    private var failure: AskingFailure?

    /// Datagrams that are taken at one time, so that a flood to one place does not keep the others waiting.
    private static let batch = 64

    /// Opens the socket, if that can be done.
    init(at place: AskedPlace, _ question: NameQuery.Question, about names: [QualifiedName], asker: NameAsker) {
        var generator = SystemRandomNumberGenerator()
        self.place = place
        self.asker = asker
        self.inquiry = NameInquiry(
            names,
            question,
            to: NameServiceEndpoint(place.destination, port: asker.port),
            isBroadcast: place.isBroadcast,
            timing: asker.timing,
            using: &generator
        )
        do throws(AskingFailure) {
            self.socket = try AskingSocket(to: place, port: asker.port, sourcePort: asker.sourcePort)
        } catch {
            self.failure = error
        }
    }

    /// Whether there is something to wait for.
    var isOpen: Bool { self.socket != nil }

    /// What poll(2) waits for while it is open.
    var descriptor: CInt { self.socket?.descriptor ?? -1 }

    /// When ``advance(to:)`` is to be called.
    var nextDeadline: Duration? { self.inquiry.nextDeadline }

    /// What was said so far.
    var report: NameAsker.Report {
        NameAsker.Report(place: self.place, queries: self.inquiry.queries, failure: self.failure)
    }

    /// Asks what is due, or gives up what was waited for.
    func advance(to now: Duration) {
        guard let socket = self.socket else { return }
        self.inquiry.advance(to: now)
        while let transmission = self.inquiry.nextTransmission() {
            if let number = socket.send(transmission) { return self.fail(number) }
        }
        if self.inquiry.nextDeadline == nil { self.socket = nil }
    }

    /// Takes what has come in.
    func receive(at now: Duration) {
        guard let socket = self.socket else { return }
        for _ in 0..<Self.batch {
            switch socket.receive() {
            case .datagram(let bytes, let host): self.inquiry.received(bytes, from: host, at: now)
            case .nothing: return
            case .failure(let number): return self.fail(number)
            }
        }
    }

    /// Ends it: this place cannot be asked, or does not listen. What it has answered stays.
    private func fail(_ number: CInt) {
        self.failure = AskingFailure(errorNumber: number, sourcePort: self.asker.sourcePort, port: self.asker.port)
        self.socket = nil
    }
}

@available(*, unavailable)
extension Conversation: Sendable {}
