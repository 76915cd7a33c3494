/// Datagrams that must not be answered.
struct HostileDatagram: Sendable {
    let description: String
    let datagrams: [[UInt8]]

    init(_ description: String, _ datagrams: [UInt8]...) {
        self.init(description, all: datagrams)
    }

    init(_ description: String, all datagrams: [[UInt8]]) {
        self.description = description
        self.datagrams = datagrams
    }

    private static let question = Wire.word(0x20) + Wire.word(1)
    private static let body = Wire.name("ECHO") + question
    private static let query = Wire.nameServiceHeader(0x5000, 0x0010, [1, 0, 0, 0])

    static let all =
        [
            HostileDatagram("nothing", []),
            HostileDatagram("less than a header", all: (1..<12).map { Array(query.prefix($0)) }),
            HostileDatagram("a count and no body", query, Wire.nameServiceHeader(1, 0x0010, [1, 0, 0, 1])),
            HostileDatagram(
                "counts far beyond the body",
                Wire.nameServiceHeader(1, 0x0010, [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF]),
                Wire.nameServiceHeader(1, 0x0010, [0xFFFF, 0, 0, 0]) + body
            ),
            HostileDatagram("a name that points at itself", query + [0xC0, 0x0C] + question),
            HostileDatagram("two names that point at each other", query + [0xC0, 0x0E, 0xC0, 0x0C] + question),
            HostileDatagram("a name that points past the packet", query + [0xFF, 0xFF] + question),
            HostileDatagram("a name that points into the header", query + [0xC0, 0x00] + question),
            HostileDatagram(
                "a scope that points back at its name",
                query + Wire.name("ECHO").dropLast() + [0xC0, 0x0C] + question
            ),
            HostileDatagram("a class other than IN", query + Wire.name("ECHO") + Wire.word(0x20) + Wire.word(2)),
            HostileDatagram("a label of 63 bytes", query + [0x3F] + Array(repeating: 0x41, count: 63) + [0] + question),
            HostileDatagram(
                "a label of length 0x40",
                query + [0x40] + Array(repeating: 0x41, count: 64) + [0] + question
            ),
            HostileDatagram("an endless scope", query + Wire.name("ECHO").dropLast() + Array(repeating: 1, count: 500)),
            HostileDatagram(
                "nibbles that are no nibbles",
                query + [0x20] + Array(repeating: 0x7A, count: 32) + [0] + question
            ),
            HostileDatagram(
                "a registration without its record",
                Wire.nameServiceHeader(1, 0x2910, [1, 0, 0, 0]) + body
            ),
            HostileDatagram("a release without its record", Wire.nameServiceHeader(1, 0x3010, [1, 0, 0, 0]) + body),
            HostileDatagram(
                "a record that is promised and missing",
                Wire.nameServiceHeader(1, 0x2910, [1, 0, 0, 1]) + body
            ),
            HostileDatagram(
                "a record that is cut short",
                all: (1..<22).map {
                    Wire.recordRequest(id: 1, flags: 0x2910, "ECHO", address: [10, 77, 0, 3]).dropLast($0)
                }
            ),
            HostileDatagram(
                "a record longer than the packet",
                Wire.nameServiceHeader(1, 0x2910, [1, 0, 0, 1]) + body + Wire.word(0xC00C) + question + [0, 0, 0, 0]
                    + Wire.word(0xFFFF) + [0, 0, 10, 77, 0, 3]
            ),
            HostileDatagram(
                "a record of no length",
                Wire.nameServiceHeader(1, 0x2910, [1, 0, 0, 1]) + body + Wire.word(0xC00C) + question + [
                    0, 0, 0, 0, 0, 0,
                ]
            ),
            HostileDatagram("a kilobyte of 0xFF", Array(repeating: 0xFF, count: 1024)),
            HostileDatagram("a kilobyte of zeros", Array(repeating: 0x00, count: 1024)),
            HostileDatagram("the largest datagram", query + body + Array(repeating: 0x41, count: 65_000)),
        ] + Self.questions + Self.records + Self.answers + Self.otherProtocols

    /// Invalid queries.
    private static let questions = [
        HostileDatagram(
            "an opcode that there is not",
            all: ([1, 2, 3, 4] + Array(10...14)).map {
                Wire.nameServiceHeader(1, $0 << 11 | 0x10, [1, 0, 0, 0]) + body
            }
        ),
        HostileDatagram("no question", Wire.nameServiceHeader(1, 0x0110, [0, 0, 0, 0]) + body),
        HostileDatagram("two questions", Wire.nameServiceHeader(1, 0x0110, [2, 0, 0, 0]) + body + body),
        HostileDatagram("a question and its answer", Wire.nameServiceHeader(1, 0x0110, [1, 1, 0, 0]) + body),
        HostileDatagram(
            "a question of a type of DNS",
            all: [1, 2, 5, 0x0A, 0x1C, 0xFF].map { query + Wire.name("ECHO") + Wire.word($0) + Wire.word(1) }
        ),
        HostileDatagram("a name without its end", query + Wire.name("ECHO").dropLast()),
        HostileDatagram("a pointer forward", query + [0xC0, 0x10] + question + Wire.name("ECHO")),
        HostileDatagram(
            "a hundred pointers, each to the one before it",
            query + Wire.name("ECHO").dropLast()
                + (0..<100).flatMap { Wire.word(0xC000 | (12 + 33 + max(0, 2 * $0 - 2))) } + question
        ),
        HostileDatagram(
            "a scope label of 64 bytes",
            query + Wire.name("ECHO").dropLast() + [64] + Array(repeating: 0x41, count: 64) + [0] + question
        ),
        HostileDatagram(
            "a scope of 320 bytes",
            query + Wire.name("ECHO").dropLast()
                + (0..<5).flatMap { _ in [63] + Array(repeating: UInt8(0x41), count: 63) } + [0] + question
        ),
        HostileDatagram(
            "the status of a node that we are not",
            query + Wire.name("NOBODY") + Wire.word(0x21) + Wire.word(1)
        ),
    ]

    /// Invalid records of registrations.
    private static let records = [
        HostileDatagram(
            "a registration with an address of another length",
            all: [0, 1, 5, 7, 11, 13].map { length in
                Wire.nameServiceHeader(1, 0x2910, [1, 0, 0, 1]) + body + Wire.word(0xC00C) + question + [0, 0, 0, 0]
                    + Wire.word(length) + Array(repeating: 10, count: length)
            }
        ),
        HostileDatagram(
            "a registration whose record is of another type",
            Wire.nameServiceHeader(1, 0x2910, [1, 0, 0, 1]) + body + Wire.word(0xC00C) + Wire.word(1) + Wire.word(1)
                + [0, 0, 0, 0] + Wire.word(6) + [0, 0, 10, 77, 0, 3]
        ),
        HostileDatagram(
            "a registration in the wrong section",
            Wire.nameServiceHeader(1, 0x2910, [1, 1, 0, 0]) + body + Wire.word(0xC00C) + question + [0, 0, 0, 0]
                + Wire.word(6) + [0, 0, 10, 77, 0, 3]
        ),
    ]

    private static func answer(_ flags: Int, type: Int = 0x20, _ data: [UInt8]) -> [UInt8] {
        Wire.nameServiceHeader(0x5001, flags, [0, 1, 0, 0]) + Wire.name("ECHO") + Wire.word(type) + Wire.word(1)
            + [0, 4, 0x93, 0xE0] + Wire.word(data.count) + data
    }

    private static let theirs: [UInt8] = [0, 0, 10, 77, 0, 3]

    /// Unsolicited responses.
    private static let answers = [
        HostileDatagram("another's address for our name", answer(0x8500, theirs), answer(0x8580, theirs)),
        HostileDatagram("a name that is said not to exist", answer(0x8583, type: 0x0A, [])),
        HostileDatagram("an unsolicited positive registration response", answer(0xAD80, theirs)),
        HostileDatagram("a registration that is refused", all: (1...6).map { answer(0xAD80 | $0, theirs) }),
        HostileDatagram("an end-node challenge", answer(0xAD00, theirs)),
        HostileDatagram("a release that is answered", answer(0xB400, theirs), answer(0xB406, theirs)),
        HostileDatagram("a wait of the longest time", answer(0xBC00, [0x29, 0x10])),
        HostileDatagram(
            "a redirection",
            Wire.nameServiceHeader(1, 0x8100, [0, 0, 1, 1]) + Wire.name("ECHO") + Wire.word(2) + Wire.word(1)
                + [0, 0, 0, 0] + Wire.word(2) + Wire.word(0xC00C)
        ),
        HostileDatagram(
            "the status of a node with 255 names and none of them",
            answer(0x8400, type: 0x21, [255]),
            answer(0x8400, type: 0x21, [1, 0x41])
        ),
        HostileDatagram("three hundred addresses", answer(0x8580, Array(repeatElement(theirs, count: 300).joined()))),
    ]

    /// Datagrams of other protocols.
    private static let otherProtocols = [
        HostileDatagram("a session request", Wire.sessionRequest("ECHO")),
        HostileDatagram(
            "an SMB message",
            Wire.message([0xFF, 0x53, 0x4D, 0x42, 0x72] + Array(repeating: 0, count: 60))
        ),
        HostileDatagram(
            "a NetBIOS datagram",
            [0x11, 0x0A, 0, 1, 10, 77, 0, 3, 0, 138, 0, 68, 0, 0] + Wire.name("ECHO") + Wire.name("ECHO")
        ),
        HostileDatagram(
            "a question of DNS",
            [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 0x65, 0x63, 0x68, 0x6F, 0, 0, 1, 0, 1]
        ),
        HostileDatagram("a line of text", Array("GET / HTTP/1.1\r\n\r\n".utf8)),
        HostileDatagram(
            "noise",
            all: (0..<50).map { seed in
                (0..<60).map { UInt8(truncatingIfNeeded: ($0 &* 167 &+ seed &* 91) ^ seed) | 0x80 }
            }
        ),
    ]
}
