/// Memory that a read filled. Freed with its last reference.
final class ReceiveBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    init(capacity: Int) {
        self.bytes = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { self.bytes.deallocate() }

    /// Moves some stretches of what was read to the front of it, in order.
    ///
    /// There may be thousands, and a write for each would cost more.
    ///
    /// - Returns: How many bytes they have.
    func gather(_ ranges: [Range<Int>]) -> Int {
        ranges.reduce(0) { end, range in
            let source = UnsafeRawBufferPointer(rebasing: self.bytes[range])
            // The two may overlap.
            if end != range.lowerBound {
                UnsafeMutableRawBufferPointer(rebasing: self.bytes[end...]).copyMemory(from: source)
            }
            return end + range.count
        }
    }
}

/// The large receive buffers of a loop: one for all of its sockets.
///
/// Few, big reads are what makes a relay cheap; a big buffer for each session is what makes it large. Where a socket does not
/// take what was read, its session keeps the buffer until it does, and the others read into another.
final class ReceiveBuffers {
    /// Bytes that one read takes at most. Also the point of fairness: a socket has one read, or two, in a turn of the loop.
    static let capacity = 512 * 1024
    /// What fewer bytes are left of is copied, so that the buffer stays with the loop.
    private static let copyLimit = 64 * 1024
    /// When sessions of slow receivers keep so much, reads are small ones.
    private static let keptLimit = 64 * 1024 * 1024
    private static let smallRead = 16 * 1024

    private var spare: ReceiveBuffer?
    private var keptBytes = 0

    /// What one read is to take at most now.
    var readLimit: Int { self.keptBytes < Self.keptLimit ? Self.capacity : Self.smallRead }

    /// Lends a large buffer, to be given back.
    func take() -> ReceiveBuffer {
        defer { self.spare = nil }
        return self.spare ?? ReceiveBuffer(capacity: Self.capacity)
    }

    func giveBack(_ buffer: ReceiveBuffer) {
        if buffer.bytes.count == Self.capacity { self.spare = buffer }
    }

    /// What a socket has not taken of a buffer that was lent, to be kept until it does.
    func keep(_ buffer: ReceiveBuffer, _ range: Range<Int>) -> UnsentBytes {
        var unsent = UnsentBytes(buffer: buffer, range: range)
        if range.count <= Self.copyLimit {
            let copy = ReceiveBuffer(capacity: range.count)
            copy.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[range]))
            unsent = UnsentBytes(buffer: copy, range: 0..<range.count)
            self.giveBack(buffer)
        }
        self.keptBytes += unsent.buffer.bytes.count
        return unsent
    }

    /// Takes back what was kept, sent by now or never to be.
    func release(_ unsent: UnsentBytes) {
        self.keptBytes -= unsent.buffer.bytes.count
        self.giveBack(unsent.buffer)
    }
}

/// What a socket has not taken yet.
struct UnsentBytes {
    fileprivate let buffer: ReceiveBuffer
    fileprivate var range: Range<Int>

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self.buffer.bytes[self.range]) }

    /// The socket has taken so many of them.
    mutating func sent(_ count: Int) {
        self.range = (self.range.lowerBound + count)..<self.range.upperBound
    }
}

@available(*, unavailable)
extension ReceiveBuffers: Sendable {}

@available(*, unavailable)
extension ReceiveBuffer: Sendable {}
