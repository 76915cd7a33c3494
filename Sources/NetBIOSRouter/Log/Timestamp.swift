import Glibc

/// A wall clock time, for people and logs; never for timeouts.
public struct Timestamp: Hashable, Sendable {
    /// Milliseconds since 1970, in UTC.
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Returns the current time.
    public static func now() -> Timestamp {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Timestamp(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
    }
}

extension Timestamp: Comparable {
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
}

extension Timestamp: CustomStringConvertible {
    /// The RFC 3339 §5.6 notation, in UTC: `2026-03-01T08:15:30.042Z`.
    public var description: String {
        var seconds = time_t(self.milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text: [UInt8] = []
        func append(_ number: Int, width: Int, _ separator: Unicode.Scalar) {
            let start = text.count
            text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: width))
            var rest = number
            for index in stride(from: start + width - 1, through: start, by: -1) {
                text[index] += UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            text.append(UInt8(ascii: separator))
        }
        text.reserveCapacity(24)
        append(Int(parts.tm_year) + 1900, width: 4, "-")
        append(Int(parts.tm_mon) + 1, width: 2, "-")
        append(Int(parts.tm_mday), width: 2, "T")
        append(Int(parts.tm_hour), width: 2, ":")
        append(Int(parts.tm_min), width: 2, ":")
        append(Int(parts.tm_sec), width: 2, ".")
        append(Int(self.milliseconds % 1000), width: 3, "Z")
        return String(decoding: text, as: UTF8.self)
    }
}
