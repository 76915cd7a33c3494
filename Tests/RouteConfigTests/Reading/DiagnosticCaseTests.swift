import RouteConfig
import Testing

/// Every code of keys, values and relations: place, message, help.
struct DiagnosticCaseTests {
    @Test(arguments: DiagnosticCase.keys) func `keys and shapes`(example: DiagnosticCase) throws { try example.check() }
    @Test(arguments: DiagnosticCase.names) func `names, scopes and suffixes`(example: DiagnosticCase) throws {
        try example.check()
    }
    @Test(arguments: DiagnosticCase.addresses) func `addresses, hosts and ports`(example: DiagnosticCase) throws {
        try example.check()
    }
    @Test(arguments: DiagnosticCase.numbers) func `durations, sizes and words`(example: DiagnosticCase) throws {
        try example.check()
    }
    @Test(arguments: DiagnosticCase.relations) func `relations`(example: DiagnosticCase) throws { try example.check() }
}
