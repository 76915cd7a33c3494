import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter

/// A complete session request.
let relayRequest = (try? sessionRequest(to: "XYKON-2")) ?? []

struct SessionMachineTests {
    // MARK: - Before the relay

    @Test func `a call is chosen, dialed and relayed, and what the client sent early comes first`() throws {
        var machine = SessionMachine()
        #expect(machine.received(Array(relayRequest.prefix(10))) == .none)
        guard case .choose(let request) = machine.received(Array(relayRequest.dropFirst(10)) + [9, 9]) else {
            Issue.record("the request is complete")
            return
        }
        #expect("\(request.called.name)" == "XYKON-2<20>")
        #expect(!machine.mayRead(.client))
        #expect(machine.routed() == .dial)
        #expect(machine.connected() == .relay(answer: SessionPacket.positiveResponse.encoded(), early: [9, 9]))
        #expect(machine.mayRead(.client) && machine.mayRead(.backend))
    }

    @Test func `a refused client has a second to read the refusal, in every phase in which a call can be refused`() {
        let packet = SessionPacket.negativeResponse(.calledNameNotPresent).encoded()
        for isDialing in [false, true] {
            var machine = SessionMachine()
            _ = machine.received(relayRequest)
            if isDialing { _ = machine.routed() }
            #expect(machine.refuse(.calledNameNotPresent) == .refuse(packet))
            #expect(machine.mayRead(.client))
            #expect(machine.silenceLimit(idleTimeout: .seconds(5)) == .seconds(1))
            let end = SessionMachine.Action.end(.refused(.calledNameNotPresent), client: .close, backend: .close)
            var other = machine
            #expect(machine.lingerTimedOut() == end)
            #expect(other.inputEnded(.client) == end)
            #expect(machine.close(.shutdown) == .none)
        }
        var late = SessionMachine()
        #expect(late.requestTimedOut() == .refuse(SessionPacket.negativeResponse(.unspecified).encoded()))
        #expect(late.inputEnded(.client) == .end(.requestTimeout, client: .close, backend: .close))
    }

    @Test func `the end of a session that is not relayed is the client's, or the router's, in every phase`() {
        for steps in 0..<3 {
            var machine = SessionMachine()
            if steps > 0 { _ = machine.received(relayRequest) }
            if steps > 1 { _ = machine.routed() }
            var (closed, lost) = (machine, machine)
            #expect(closed.close(.removed) == .end(.removed, client: .close, backend: .close))
            #expect(lost.outputFailed(.client, isLossy: false) == .end(.client, client: .close, backend: .close))
            #expect(lost.phase == .ended && closed.phase == .ended)
        }
    }

    // MARK: - The relay

    private func relaying() -> SessionMachine {
        var machine = SessionMachine()
        _ = machine.received(relayRequest)
        _ = machine.routed()
        _ = machine.connected()
        return machine
    }

    @Test func `a violation is the reason of the end also after a FIN`() {
        var machine = self.relaying()
        #expect(machine.inputEnded(.client) == .finish(.backend))
        #expect(machine.violated(.backend) == .drain(.client))
        #expect(machine.drained() == .end(.protocolViolation, client: .reset, backend: .close))
    }

    @Test func `the bytes before a violation are delivered first`() {
        var machine = self.relaying()
        machine.outputBlocked(.backend)
        #expect(machine.violated(.client) == .none)
        #expect(!machine.mayRead(.client) && !machine.mayRead(.backend))
        #expect(machine.outputUnblocked(.backend) == .drain(.backend))
    }

    @Test func `silence ends a half-closed session after a minute, and any session at its idle timeout`() {
        var open = self.relaying(), halfClosed = open, short = open
        #expect(open.silenceLimit(idleTimeout: nil) == nil)
        #expect(open.silenceLimit(idleTimeout: .seconds(7)) == .seconds(7))
        let quiet = SessionMachine.Disposal.closeIfQuiet
        #expect(open.silenceElapsed() == .end(.idleTimeout, client: quiet, backend: quiet))
        _ = halfClosed.inputEnded(.client)
        #expect(halfClosed.silenceLimit(idleTimeout: .seconds(600)) == .seconds(60))
        #expect(halfClosed.silenceElapsed() == .end(.client, client: quiet, backend: quiet))
        _ = short.inputEnded(.client)
        #expect(short.silenceElapsed() == .end(.client, client: quiet, backend: quiet))
    }

    @Test func `no order of up to six events on each side loses a byte unnoticed or leaves the session open`() {
        var seen: Set<RelayWorld> = []
        var waiting = [RelayWorld(eventsPerSide: 6)]
        while let world = waiting.popLast() {
            guard seen.insert(world).inserted else { continue }
            guard Self.holds(world) else { return }
            for side in SessionSide.allCases where world.left[side == .client ? 0 : 1] > 0 && !world.isEnded {
                for event in RelayWorld.Event.allCases {
                    var next = world
                    next.apply(event, of: side)
                    if !seen.contains(next) { waiting.append(next) }
                }
            }
        }
        #expect(seen.count > 10_000)
    }

    /// Checks a world, and its states after silence and a close by the operator.
    private static func holds(_ world: RelayWorld) -> Bool {
        var silent = world, closed = world
        silent.beSilent()
        closed.close()
        for (name, world) in [("as it is", world), ("silent", silent), ("closed", closed)] {
            guard let violation = world.violation else { continue }
            Issue.record("\(violation) (\(name)): \(world)")
            return false
        }
        let isOver = world.isEnded || !world.mustBeEnded
        #expect(isOver, "open though nothing can move: \(world)")
        #expect(closed.isEnded, "the operator cannot close it: \(world)")
        let isBounded = silent.isEnded || world.machine.silenceLimit(idleTimeout: nil) == nil
        #expect(isBounded, "silence does not end it: \(world)")
        return isOver && closed.isEnded && isBounded
    }
}
