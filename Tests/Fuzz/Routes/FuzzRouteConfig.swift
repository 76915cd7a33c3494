// Built by `Tests/Fuzz/run routes` with the modules NetBIOS and RouteConfig; no target of the package.

import Foundation
import RouteConfig

/// The entry point of libFuzzer; the input is a routes.yaml. A trap, a failed check or a bad access ends the process
/// and keeps the input.
///
/// Any input yields a configuration or an error, and every output format works.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRouteConfig(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let result = ConfigurationReader.load(bytes: bytes, name: "routes.yaml")
    let hasError = result.diagnostics.contains { $0.severity == .error }
    precondition(hasError == (result.configuration == nil), "a configuration and errors, or neither")
    let spans = result.diagnostics.map(\.span)
    precondition(spans == spans.sorted(), "not in the order of the file")
    let report = LoadReport(result)
    let text = result.rendered(colour: false)
    precondition(text.utf8.allSatisfy { $0 == 0x0A || $0 >= 0x20 }, "a control character is shown")
    let json = (try? JSONText.line(CheckVerdict(report, isStrict: false))) ?? ""
    precondition((try? JSONSerialization.jsonObject(with: Data(json.utf8))) != nil, "not JSON")
    precondition(GitHubAnnotations(report).text.utf8.count { $0 == 0x0A } == result.diagnostics.count)
    if let configuration = result.configuration {
        precondition(!configuration.routes.isEmpty)
        _ = RouteTable(configuration)
        let changes = configuration.changes(to: configuration)
        precondition(changes.changedRoutes.isEmpty && changes.claimedNames.isEmpty, "changes of nothing")
    }
    return 0
}
