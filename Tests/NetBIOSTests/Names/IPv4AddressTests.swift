import Testing

import NetBIOS

struct IPv4AddressTests {
    @Test(arguments: [
        "0.0.0.0", "255.255.255.255", "1.9.10.11", "99.100.101.109", "110.199.200.209", "10.20.90.190",
    ])
    func `an address is written as it is read`(text: String) {
        #expect(IPv4Address(text)?.description == text)
    }
}
