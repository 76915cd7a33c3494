/// Session messages to send repeatedly.
struct Frames {
    /// Complete frames, one after the other.
    private let bytes: UnsafeMutableRawBufferPointer

    /// Bytes of a frame's header (RFC 1002 §4.3.1).
    static let headerLength = 4

    /// The maximum bytes per system call.
    private static let step = 1 << 20

    /// - Parameter sizes: The payloads of one round of frames, in bytes; rounds are repeated to at least half a MiB.
    init(sizes: [Int]) {
        let round = sizes.reduce(0) { $0 + Self.headerLength + $1 }
        let rounds = max(1, (512 * 1024 + round - 1) / round)
        self.bytes = .allocate(byteCount: rounds * round, alignment: 64)
        for index in self.bytes.indices { self.bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
        var offset = 0
        for _ in 0..<rounds {
            for size in sizes {
                for index in 0..<Self.headerLength {
                    self.bytes[offset + index] = UInt8(truncatingIfNeeded: size >> (24 - 8 * index))
                }
                offset += Self.headerLength + size
            }
        }
    }

    /// Frees the memory.
    func free() { self.bytes.deallocate() }

    /// Rounds `count` up to whole rounds.
    func whole(_ count: Int) -> Int { (count + self.bytes.count - 1) / self.bytes.count * self.bytes.count }

    /// Returns the next bytes of a stream of `total` bytes.
    func next(sent: Int, of total: Int) -> UnsafeRawBufferPointer {
        let start = sent % self.bytes.count
        let count = min(self.bytes.count - start, total - sent, Self.step)
        return UnsafeRawBufferPointer(rebasing: self.bytes[start..<start + count])
    }
}

/// A request of the generator to the ``Server`` at the far end of a session: one session message.
struct Command {
    /// The kind of request.
    enum Kind: UInt64 {
        /// Receives `count` bytes, then responds with one small frame.
        case take
        /// Sends `count` bytes in frames of the mix numbered `size`.
        case give
        /// Responds `count` times to a frame of `size` bytes with another.
        case echo
    }

    var kind: Kind
    var count: Int
    var size: Int

    /// Bytes of the message, with its header.
    static let length = Frames.headerLength + 24

    /// The message.
    var bytes: [UInt8] {
        let words = [self.kind.rawValue, UInt64(self.count), UInt64(self.size)]
        return [0, 0, 0, 24] + words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
    }

    init(_ kind: Kind, count: Int, size: Int) {
        self.kind = kind
        self.count = count
        self.size = size
    }

    /// Decodes a message; `nil` if it is invalid.
    init?(_ bytes: UnsafeRawBufferPointer) {
        func word(_ index: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: Frames.headerLength + 8 * index, as: UInt64.self))
        }
        guard bytes[3] == 24, let kind = Kind(rawValue: word(0)) else { return nil }
        self.init(kind, count: Int(word(1)), size: Int(word(2)))
    }
}

/// The frame sizes that are measured, with their names in the table.
enum FrameMix: Int, CaseIterable {
    case small, medium, large, windows, huge, mixed

    /// Payloads of one round, in bytes.
    var sizes: [Int] {
        switch self {
        case .small: [100]
        case .medium: [4 << 10]
        case .large: [60 << 10]
        case .windows: [128 << 10]
        case .huge: [8 << 20]
        case .mixed: [100, 4 << 10, 60 << 10, 128 << 10]
        }
    }

    /// The name in the table.
    var label: String {
        switch self {
        case .small: "100 B"
        case .medium: "4 KiB"
        case .large: "60 KiB"
        case .windows: "128 KiB"
        case .huge: "8 MiB"
        case .mixed: "mixed"
        }
    }
}
