import NetBIOS
import RouteConfig
import Sockets
import Testing

@testable import NetBIOSRouter

struct SessionRecordTests {
    @Test(arguments: [true, false])
    func `the report of a refused client names the lists that refuse it`(hasRoute: Bool) throws {
        var record = SessionRecord(
            id: SessionID(rawValue: 1),
            client: ClientAddress(IPv4Address(192, 0, 2, 7), port: 5000),
            accepted: .now()
        )
        if hasRoute { record.route = Route(name: try NetBIOSName("A"), backends: [Backend(host: "b")]) }
        record.end = .refused(.notListeningForCallingName)
        let reason = try #require(RefusedCall(record)).reason
        #expect(reason.contains("sessions.allow") != hasRoute, "\(reason)")
    }
}
