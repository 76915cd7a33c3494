import Testing

@testable import nbrouter

struct DurationArgumentTests {
    @Test(arguments: [
        ("0s", Duration.zero), ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)),
        ("1h", .seconds(3_600)), ("2147483647h", .seconds(366 * 86_400)),
    ]) func `a duration is a whole number and a unit`(text: String, duration: Duration) {
        let argument = DurationArgument(argument: text)
        #expect(argument?.duration == duration && argument?.description == text)
    }

    @Test(arguments: ["", "s", "5", "-1s", "1.5s", " 1s", "1 s", "1d", "1S", "2147483648s", "0x1s"])
    func `anything else is none`(text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }

    @Test(arguments: [
        ("nas1:445", "nas1%3A445"), ("../x?#", "..%2Fx%3F%23"), ("é\n", "%C3%A9%0A"), ("a-z._~9", "a-z._~9"),
    ])
    func `an argument stays one part of a path`(text: String, part: String) {
        #expect(text.pathPart == part)
    }
}
