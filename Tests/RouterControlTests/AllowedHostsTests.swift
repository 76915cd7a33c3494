import HTTPTypes
import Testing

@testable import RouterControl

/// The hosts that requests to the metrics listener may be for.
struct AllowedHostsTests {
    private let hosts = AllowedHosts(machine: ["gate", "gate.example.com"])

    private func refusal(of host: String?, and fields: HTTPFields = [:]) -> HTTPResponse.Status? {
        let request = HTTPRequest(method: .get, scheme: "http", authority: host, path: "/", headerFields: fields)
        do throws(HTTPFailure) {
            try self.hosts.check(request)
            return nil
        } catch {
            return error.status
        }
    }

    @Test(arguments: [
        "192.0.2.1", "192.0.2.1:9139", "[2001:db8::1]", "[2001:db8::1]:9139", "[fe80::1%25eth0]:9139", "localhost",
        "LocalHost:9139", "gate", "GATE:9139", "gate.example.com", "gate.example.com.:9139", nil,
    ])
    func `an address, localhost and the machine's names are answered, and a request without a host`(host: String?) {
        #expect(self.refusal(of: host) == nil)
    }

    @Test(arguments: [
        "evil.example", "evil.example:9139", "gate.evil.example", "localhost.evil.example", "192.0.2.1.evil.example",
        "", ":9139", ".", "192.0.2", "192.0.2.1.", "[gate]", "[::1", "2001:db8::1", "[192.0.2.1]", "gate..",
    ])
    func `another name is misdirected: it may be a page of another site that had its name lead here`(host: String) {
        #expect(self.refusal(of: host) == .misdirectedRequest)
    }

    @Test func `two hosts are refused, whatever they are`() throws {
        let name = try #require(HTTPField.Name("host"))
        #expect(self.refusal(of: "192.0.2.1", and: [name: "192.0.2.1"]) == .badRequest)
    }
}
