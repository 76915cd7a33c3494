import Testing

@testable import NetBIOS

struct NameQueryTests {
    private static func query(
        _ question: NameQuery.Question = .owner(recursionDesired: false),
        isBroadcast: Bool
    ) -> NameQuery {
        var generator = SeededGenerator(seed: 5)
        return NameQuery(
            .fileServer,
            question,
            to: NameServiceEndpoint(isBroadcast ? .broadcast : .rival),
            isBroadcast: isBroadcast,
            using: &generator
        )
    }

    private static let positive = NameServiceResponse.Answer.addresses([AddressEntry(.rival)], timeToLive: 0)

    @Test func `a broadcast question is sent three times, 250 ms apart, under one id, and then given up`() {
        var query = Self.query(isBroadcast: true)
        #expect(query.request.operation == .query(recursionDesired: true))
        #expect(query.start(at: .zero) == .send)
        #expect(query.advance(to: .milliseconds(249)) == .wait)
        #expect(query.advance(to: .milliseconds(250)) == .send)
        #expect(query.advance(to: .milliseconds(500)) == .send)
        #expect(query.advance(to: .milliseconds(750)) == .finish)
        #expect(query.deadline == nil)
        #expect(query.answers.isEmpty)
    }

    @Test func `a question to one host is sent three times, 5 s apart, and then given up`() {
        var query = Self.query(isBroadcast: false)
        #expect(query.request.operation == .query(recursionDesired: false))
        #expect(query.start(at: .zero) == .send)
        #expect(query.advance(to: .seconds(5)) == .send)
        #expect(query.advance(to: .seconds(10)) == .send)
        #expect(query.advance(to: .seconds(15)) == .finish)
    }

    @Test func `answers of several hosts to a broadcast are collected, one of each, until the wait is over`() {
        var query = Self.query(isBroadcast: true)
        _ = query.start(at: .zero)
        let response = NameServiceResponse(to: query.request, Self.positive)
        #expect(query.received(response, from: .rival, at: .milliseconds(10)) == .wait)
        #expect(query.received(response, from: .client, at: .milliseconds(20)) == .wait)
        #expect(query.received(response, from: .rival, at: .milliseconds(30)) == .wait)
        #expect(query.advance(to: .milliseconds(250)) == .finish)
        #expect(query.answers.map(\.host) == [.rival, .client])
    }

    @Test(arguments: [true, false])
    func `the host that was asked answers once, positively or not`(isPositive: Bool) {
        var query = Self.query(isBroadcast: false)
        _ = query.start(at: .zero)
        let answer = isPositive ? Self.positive : .queryRefused(.nameUnknown)
        let response = NameServiceResponse(to: query.request, answer)
        #expect(query.received(response, from: .client, at: .zero) == .wait, "another host")
        #expect(query.received(response, from: .rival, at: .zero) == .finish)
        #expect(query.answers == [NameQuery.Reply(host: .rival, answer: answer)])
    }

    @Test func `a response under another id, about another name or of another kind is not an answer`() {
        var query = Self.query(isBroadcast: false)
        _ = query.start(at: .zero)
        var response = NameServiceResponse(to: query.request, Self.positive)
        response.transactionID &+= 1
        #expect(query.received(response, from: .rival, at: .zero) == .wait)
        response = NameServiceResponse(to: query.request, Self.positive)
        response.name = .other
        #expect(query.received(response, from: .rival, at: .zero) == .wait)
        for answer in [
            NameServiceResponse.Answer.nodeStatus(NodeStatus(names: [])),
            .released(AddressEntry(.rival), timeToLive: 0),
        ] {
            #expect(query.received(NameServiceResponse(to: query.request, answer), from: .rival, at: .zero) == .wait)
        }
        #expect(query.answers.isEmpty)
    }

    @Test func `a negative response to a broadcast is not an answer`() {
        var query = Self.query(isBroadcast: true)
        _ = query.start(at: .zero)
        let response = NameServiceResponse(to: query.request, .queryRefused(.nameUnknown))
        #expect(query.received(response, from: .rival, at: .zero) == .wait)
        #expect(query.answers.isEmpty)
    }

    @Test func `a name server that asks for patience gets a minute at most`() {
        var query = Self.query(.owner(recursionDesired: true), isBroadcast: false)
        _ = query.start(at: .zero)
        let wack = NameServiceResponse(to: query.request, .wait(seconds: 15, requestWord: 0x0100))
        #expect(query.received(wack, from: .rival, at: .seconds(1)) == .wait)
        #expect(query.deadline == .seconds(16))
        let long = NameServiceResponse(to: query.request, .wait(seconds: .max, requestWord: 0x0100))
        #expect(query.received(long, from: .rival, at: .seconds(1)) == .wait)
        #expect(query.deadline == .seconds(60))
    }

    @Test func `a host that asks for patience again and again gets a minute in all, and no more tries than others`() {
        for seconds: UInt32 in [0, 1, 60, .max] {
            var query = Self.query(.owner(recursionDesired: true), isBroadcast: false)
            let wack = NameServiceResponse(to: query.request, .wait(seconds: seconds, requestWord: 0x0100))
            var sent = query.start(at: .zero) == .send ? 1 : 0
            var now: Duration = .zero
            while !query.isFinished, now < .seconds(600) {
                now = now + .milliseconds(250)
                #expect(query.received(wack, from: .rival, at: now) == .wait)
                if query.advance(to: now) == .send { sent += 1 }
            }
            #expect(now <= .seconds(60) && sent <= 3, "\(seconds) s")
        }
    }

    @Test func `a node status is answered by a node status`() {
        var query = Self.query(.nodeStatus, isBroadcast: false)
        _ = query.start(at: .zero)
        #expect(query.received(NameServiceResponse(to: query.request, Self.positive), from: .rival, at: .zero) == .wait)
        let status = NameServiceResponse.Answer.nodeStatus(NodeStatus(names: [NodeStatus.Name(.raw("FILESRV", 0x20))]))
        #expect(query.received(NameServiceResponse(to: query.request, status), from: .rival, at: .zero) == .finish)
        #expect(query.answers.map(\.answer) == [status])
    }
}
