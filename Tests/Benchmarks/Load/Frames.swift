/// Session messages to send over and over again.
struct Frames {
    /// Whole frames, one behind the other.
    private let bytes: UnsafeMutableRawBufferPointer

    /// Bytes of a frame's header (RFC 1002 §4.3.1).
    static let headerLength = 4

    /// Bytes that one system call sends at most.
    private static let step = 1 << 20

    /// - Parameter sizes: The payloads of one round of frames, in bytes; rounds are put together to half a MiB and more.
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

    /// Gives its memory back; it is not used any more.
    func free() { self.bytes.deallocate() }

    /// The least number of bytes that is at least `count` and made of whole rounds.
    func whole(_ count: Int) -> Int { (count + self.bytes.count - 1) / self.bytes.count * self.bytes.count }

    /// What to send next of a stream of so many bytes of which some have been sent.
    func next(sent: Int, of total: Int) -> UnsafeRawBufferPointer {
        let start = sent % self.bytes.count
        let count = min(self.bytes.count - start, total - sent, Self.step)
        return UnsafeRawBufferPointer(rebasing: self.bytes[start..<start + count])
    }
}

/// What the generator asks of the ``Server`` at the far end of a session: one session message.
struct Command {
    /// What the server does.
    enum Kind: UInt64 {
        /// Takes `count` bytes, then answers with one small frame.
        case take
        /// Sends `count` bytes in frames of the list that `size` says.
        case give
        /// Answers `count` times a frame of `size` bytes with another.
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

    /// Reads a message; `nil` where it is none.
    init?(_ bytes: UnsafeRawBufferPointer) {
        func word(_ index: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: Frames.headerLength + 8 * index, as: UInt64.self))
        }
        guard bytes[3] == 24, let kind = Kind(rawValue: word(0)) else { return nil }
        self.init(kind, count: Int(word(1)), size: Int(word(2)))
    }
}

/// The sizes of frames that are measured, by what the table calls them.
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

    /// How the table has it.
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
