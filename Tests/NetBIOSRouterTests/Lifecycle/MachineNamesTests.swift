import Testing

@testable import NetBIOSRouter

struct MachineNamesTests {
    @Test func `a host name is a name alone and in each domain that is searched`() {
        let text = "# search no\nnameserver 192.0.2.53\nsearch Example.com\tlab.example.com.\ndomain old.example\n"
        #expect(
            MachineNames.names(hostName: "Gate", resolverConfiguration: text) == [
                "gate", "gate.example.com", "gate.lab.example.com", "gate.old.example",
            ]
        )
        let own = MachineNames.names(hostName: "gate.example.net", resolverConfiguration: "search example.com")
        #expect(own == ["gate.example.net", "gate", "gate.example.com"])
        #expect(MachineNames.names(hostName: "", resolverConfiguration: text).isEmpty)
        #expect(MachineNames.names(hostName: "gate", resolverConfiguration: "search\n") == ["gate"])
    }
}
