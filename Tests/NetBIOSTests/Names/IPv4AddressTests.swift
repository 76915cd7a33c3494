import Testing

import NetBIOS

@Suite("IPv4 addresses")
struct IPv4AddressTests {
    @Test(
        "an address is written as it is read",
        arguments: [
            "0.0.0.0", "255.255.255.255", "1.9.10.11", "99.100.101.109", "110.199.200.209", "10.20.90.190",
        ]
    )
    func text(text: String) {
        #expect(IPv4Address(text)?.description == text)
    }
}
