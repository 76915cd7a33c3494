/// Numbers as people read them: three digits or so, and the right unit.
enum Quantity {
    /// `0 B`, `999 B`, `1.5 KiB`, `12.0 MiB`, `345 GiB`.
    static func bytes(_ count: Int) -> String {
        guard count >= 1024 else { return "\(count) B" }
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var (value, index) = (Double(count) / 1024, 0)
        // What would be rounded to 1024 of a unit is one of the next.
        while value >= 1023.5, index < units.count - 1 {
            value /= 1024
            index += 1
        }
        return "\(self.digits(value)) \(units[index])"
    }

    /// The same, a second.
    static func rate(_ bytes: Int, in time: Duration) -> String {
        let seconds = time / .seconds(1)
        guard seconds > 0 else { return "" }
        return self.bytes(Int(Double(max(0, bytes)) / seconds)) + "/s"
    }

    /// `350ms`, `12s`, `4m 05s`, `2h 09m`, `3d 04h`.
    static func time(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        switch seconds {
        case ..<1: return "\(max(0, milliseconds))ms"
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m \(self.two(seconds % 60))s"
        case ..<86400: return "\(seconds / 3600)h \(self.two(seconds / 60 % 60))m"
        default: return "\(seconds / 86400)d \(self.two(seconds / 3600 % 24))h"
        }
    }

    /// `0.35 ms`, `12.0 ms`, `345 ms`.
    static func milliseconds(_ value: Double) -> String {
        value < 1 ? "0.\(self.two(Int64((value * 100).rounded(.down)))) ms" : "\(self.digits(value)) ms"
    }

    /// One digit behind the point up to 99.9, none beyond.
    private static func digits(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return tenths < 1000 ? "\(tenths / 10).\(tenths % 10)" : "\(Int64(value.rounded()))"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
