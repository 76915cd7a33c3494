import Testing

@testable import NetBIOS

struct NameInquiryTests {
    private static func inquiry(_ count: Int, isBroadcast: Bool = true) throws -> NameInquiry {
        var generator = SeededGenerator(seed: 7)
        return NameInquiry(
            try (0..<count).map { QualifiedName(try NetBIOSName("HOST\($0)")) },
            .owner(recursionDesired: true),
            to: NameServiceEndpoint(isBroadcast ? .broadcast : .rival),
            isBroadcast: isBroadcast,
            using: &generator
        )
    }

    /// Runs an inquiry to its end; `answer` returns the responses to a request.
    private static func run(
        _ inquiry: inout NameInquiry,
        answer: (NameServiceRequest) -> NameServiceResponse.Answer? = { _ in nil }
    ) -> [(moment: Duration, request: NameServiceRequest)] {
        var sent: [(Duration, NameServiceRequest)] = []
        var now = Duration.seconds(100)
        inquiry.advance(to: now)
        while true {
            while let transmission = inquiry.nextTransmission() {
                guard case .request(let request) = transmission.packet else { continue }
                sent.append((now - .seconds(100), request))
                if let answer = answer(request) {
                    inquiry.received(NameServiceResponse(to: request, answer).encoded(), from: .rival, at: now)
                }
            }
            guard let deadline = inquiry.nextDeadline else { return sent }
            now = max(now, deadline)
            inquiry.advance(to: now)
        }
    }

    @Test func `each unowned name is queried three times, and then the inquiry ends`() throws {
        var inquiry = try Self.inquiry(3)
        let sent = Self.run(&inquiry)
        #expect(sent.count == 9)
        for query in inquiry.queries {
            let moments = sent.filter { $0.request == query.request }.map(\.moment)
            #expect(moments.count == 3)
            #expect(zip(moments, moments.dropFirst()).allSatisfy { $1 - $0 == .milliseconds(250) })
            #expect(query.answers.isEmpty)
        }
    }

    @Test func `a thousand names are asked for in seventeen seconds, never more than twelve packets in 40 ms`() throws {
        var inquiry = try Self.inquiry(1000)
        let moments = Self.run(&inquiry).map(\.moment)
        #expect(moments.count == 3000)
        #expect(try #require(moments.last) < .seconds(17))
        for (index, moment) in moments.enumerated() where index + 12 < moments.count {
            #expect(moments[index + 12] - moment >= .milliseconds(40))
        }
    }

    @Test func `answers reach the question about their name alone`() throws {
        var inquiry = try Self.inquiry(20, isBroadcast: false)
        let owned = try QualifiedName(NetBIOSName("HOST7"))
        let sent = Self.run(&inquiry) { request in
            request.name == owned ? .addresses([AddressEntry(.rival)], timeToLive: 0) : .queryRefused(.nameUnknown)
        }
        #expect(sent.count == 20)
        for query in inquiry.queries {
            let answer = try #require(query.answers.first).answer
            if query.request.name == owned {
                #expect(answer == .addresses([AddressEntry(.rival)], timeToLive: 0))
            } else {
                #expect(answer == .queryRefused(.nameUnknown))
            }
        }
    }

    @Test func `a name that is given twice is asked for once`() {
        var generator = SeededGenerator(seed: 7)
        var inquiry = NameInquiry(
            [.fileServer, .fileServer],
            .nodeStatus,
            to: NameServiceEndpoint(.rival),
            isBroadcast: false,
            using: &generator
        )
        #expect(inquiry.queries.count == 1)
        let sent = Self.run(&inquiry)
        #expect(sent.map(\.moment) == [.zero, .seconds(5), .seconds(10)])
    }

    @Test func `bytes that are not a response change nothing`() throws {
        var inquiry = try Self.inquiry(1, isBroadcast: false)
        inquiry.advance(to: .zero)
        let sent = inquiry.nextTransmission()
        let request = try #require(sent)
        let deadline = inquiry.nextDeadline
        inquiry.received([], from: .rival, at: .zero)
        inquiry.received([0xFF, 0x00], from: .rival, at: .zero)
        inquiry.received(request.bytes, from: .rival, at: .zero)
        #expect(inquiry.nextDeadline == deadline)
        #expect(inquiry.queries[0].answers.isEmpty)
    }

    @Test func `no names, no questions`() throws {
        var inquiry = try Self.inquiry(0)
        inquiry.advance(to: .zero)
        #expect(inquiry.nextDeadline == nil)
        #expect(inquiry.nextTransmission() == nil)
    }
}
