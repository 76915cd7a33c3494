/// Formats numbers for people, with about three digits and a suitable unit.
public enum Quantity {
    /// `0 B`, `999 B`, `1.5 KiB`, `12.0 MiB`, `345 GiB`.
    public static func bytes(_ count: Int) -> String {
        guard count >= 1024 else { return "\(count) B" }
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var (value, index) = (Double(count) / 1024, 0)
        // A value that would round to 1024 uses the next unit.
        while value >= 1023.5, index < units.count - 1 {
            value /= 1024
            index += 1
        }
        return "\(self.digits(value)) \(units[index])"
    }

    /// Formats a rate in bytes per second.
    public static func rate(_ bytesInSecond: Double) -> String { self.bytes(Int(max(0, bytesInSecond))) + "/s" }

    /// `350ms`, `12s`, `4m 05s`, `2h 09m`, `3d 04h`.
    public static func time(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        return seconds == 0 ? "\(max(0, milliseconds))ms" : self.time(seconds: seconds)
    }

    /// `0s`, `12s`, `4m 05s`, `2h 09m`, `3d 04h`.
    public static func time(seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(max(0, seconds))s"
        case ..<3600: "\(seconds / 60)m \(self.two(seconds % 60))s"
        case ..<86400: "\(seconds / 3600)h \(self.two(seconds / 60 % 60))m"
        default: "\(seconds / 86400)d \(self.two(seconds / 3600 % 24))h"
        }
    }

    /// `0.35 ms`, `12.0 ms`, `345 ms`.
    public static func milliseconds(_ value: Double) -> String {
        value < 1 ? "0.\(self.two(Int64((max(0, value) * 100).rounded(.down)))) ms" : "\(self.digits(value)) ms"
    }

    /// Formats one decimal up to 99.9, none beyond.
    private static func digits(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return tenths < 1000 ? "\(tenths / 10).\(tenths % 10)" : "\(Int64(value.rounded()))"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
