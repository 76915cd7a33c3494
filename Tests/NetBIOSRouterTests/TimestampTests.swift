import NetBIOSRouter
import Testing

struct TimestampTests {
    @Test func `a moment is written as RFC 3339 has it, in UTC with milliseconds`() {
        #expect(Timestamp(milliseconds: 0).description == "1970-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: 1_709_210_096_007).description == "2024-02-29T12:34:56.007Z")
    }

    @Test func `time goes on`() {
        #expect(Timestamp(milliseconds: 1) < Timestamp.now())
    }
}
