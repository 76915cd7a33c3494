import Glibc
import NetBIOS

/// The state of one destination during a ``NameQueryClient``'s queries. Confined to the thread that waits.
final class Conversation {
    private let place: QueryDestination
    private let asker: NameQueryClient
    private var inquiry: NameInquiry
    private var socket: QuerySocket?
    private var failure: QueryFailure?

    /// The maximum number of datagrams received in a row, so that a flood from one destination does not starve the
    /// others.
    private static let batch = 64

    /// Opens the socket, if possible.
    init(
        at place: QueryDestination,
        _ question: NameQuery.Question,
        about names: [QualifiedName],
        asker: NameQueryClient
    ) {
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
        do throws(QueryFailure) {
            self.socket = try QuerySocket(to: place, port: asker.port, sourcePort: asker.sourcePort)
        } catch {
            self.failure = error
        }
    }

    /// Whether responses are still expected.
    var isOpen: Bool { self.socket != nil }

    /// The descriptor for poll(2).
    var descriptor: CInt { self.socket?.descriptor ?? -1 }

    /// The time of the next call to ``advance(to:)``.
    var nextDeadline: Duration? { self.inquiry.nextDeadline }

    /// The result so far.
    var report: NameQueryClient.Report {
        NameQueryClient.Report(place: self.place, queries: self.inquiry.queries, failure: self.failure)
    }

    /// Sends the queries that are due, and times out old ones.
    func advance(to now: Duration) {
        guard let socket = self.socket else { return }
        self.inquiry.advance(to: now)
        while let transmission = self.inquiry.nextTransmission() {
            if let number = socket.send(transmission) { return self.fail(number) }
        }
        if self.inquiry.nextDeadline == nil { self.socket = nil }
    }

    /// Receives pending datagrams.
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

    /// Ends the queries after an error. Responses received so far are kept.
    private func fail(_ number: CInt) {
        self.failure = QueryFailure(errorNumber: number, sourcePort: self.asker.sourcePort, port: self.asker.port)
        self.socket = nil
    }
}

@available(*, unavailable)
extension Conversation: Sendable {}
