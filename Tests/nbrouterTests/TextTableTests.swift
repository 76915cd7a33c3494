import Testing

@testable import nbrouter

struct TextTableTests {
    private static func table() -> TextTable {
        var table = TextTable("NAME", .minor("ROUTE"), "EMPTY", .number("BYTES"))
        table.append(["SCANS<20>", "SCANS", "", "9"])
        table.append(["A", "ARCHIVE-OF-1998", "", "12345"])
        return table
    }

    @Test func `a file gets every column, numbers by their last digits and a dash for nothing`() {
        #expect(
            Self.table().text == """
                NAME       ROUTE            EMPTY  BYTES
                SCANS<20>  SCANS            -          9
                A          ARCHIVE-OF-1998  -      12345
                """
        )
    }

    @Test func `a narrow terminal leaves out what is empty, then what is minor, then cuts the widest`() {
        func lines(_ width: Int) -> [String] {
            Self.table().text(for: Terminal(width: width, height: 24, hasColour: false)).split(separator: "\n")
                .map(String.init)
        }
        #expect(lines(80).first == "NAME       ROUTE            EMPTY  BYTES")
        #expect(lines(35).first == "NAME       ROUTE            BYTES")
        #expect(lines(20) == ["NAME       BYTES", "SCANS<20>      9", "A          12345"])
        #expect(lines(13) == ["NAME    BYTES", "SCANS…      9", "A       12345"])
        for width in 1...80 { #expect(lines(max(width, 13)).allSatisfy { $0.count <= max(width, 13) }) }
    }

    @Test func `colours stand around a cell and do not move the next, and a cell cannot bring its own`() {
        var table = TextTable("A", "B")
        table.append([.init("\u{1B}[31mx", .red), "y"])
        let text = table.text(for: Terminal(width: 80, height: 24, hasColour: true))
        #expect(text.hasSuffix("\n\u{1B}[31m\\u{1B}[31mx\u{1B}[0m  y"), "\(text)")
    }
}
