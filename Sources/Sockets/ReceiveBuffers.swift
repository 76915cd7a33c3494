/// Memory for one read; freed with its last reference.
package final class ReceiveBuffer {
    package let bytes: UnsafeMutableRawBufferPointer

    init(capacity: Int) {
        self.bytes = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { self.bytes.deallocate() }
}

/// The large receive buffer of a loop, lent to one read at a time.
///
/// Few, large reads make a relay cheap; a large buffer per session makes it big. A session keeps a buffer only while its
/// receiver has not taken the bytes; the others read into another.
package final class ReceiveBuffers {
    /// Bytes of one read at most: a socket has one read, or two, in a turn of the loop.
    package static let capacity = 512 * 1024
    /// Bytes of one read where a large one would hold up others: enough for small requests and answers.
    package static let smallRead = 8 * 1024
    /// Remainders up to this many bytes are copied, so that the buffer returns to the loop.
    private static let copyLimit = 64 * 1024
    /// Bytes that sessions of slow receivers may keep before reads become small.
    private static let keptLimit = 64 * 1024 * 1024

    /// The budget of the loop.
    package let budget: WorkBudget
    private var spare: ReceiveBuffer?
    private var keptBytes = 0

    init(budget: WorkBudget = WorkBudget()) {
        self.budget = budget
    }

    /// Bytes that one read may take now.
    package var readLimit: Int {
        self.keptBytes < Self.keptLimit && !self.budget.isSpent ? Self.capacity : Self.smallRead
    }

    /// Lends a buffer of ``capacity`` bytes, to be returned by ``giveBack(_:)`` or ``keep(_:_:)``.
    package func take() -> ReceiveBuffer {
        defer { self.spare = nil }
        return self.spare ?? ReceiveBuffer(capacity: Self.capacity)
    }

    package func giveBack(_ buffer: ReceiveBuffer) {
        if buffer.bytes.count == Self.capacity { self.spare = buffer }
    }

    /// Keeps a range of a lent buffer until its receiver takes it.
    package func keep(_ buffer: ReceiveBuffer, _ range: Range<Int>) -> UnsentBytes {
        guard range.count <= Self.copyLimit else { return self.unsent(buffer, range) }
        let copy = ReceiveBuffer(capacity: range.count)
        copy.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[range]))
        self.giveBack(buffer)
        return self.unsent(copy, 0..<range.count)
    }

    private func unsent(_ buffer: ReceiveBuffer, _ range: Range<Int>) -> UnsentBytes {
        self.keptBytes += buffer.bytes.count
        return UnsentBytes(buffer: buffer, range: range, buffers: self)
    }

    fileprivate func release(_ buffer: ReceiveBuffer) {
        self.keptBytes -= buffer.bytes.count
        self.giveBack(buffer)
    }
}

/// Bytes that a socket has not taken yet; owns their buffer.
package struct UnsentBytes: ~Copyable {
    private let buffer: ReceiveBuffer
    private var range: Range<Int>
    private let buffers: ReceiveBuffers

    fileprivate init(buffer: ReceiveBuffer, range: Range<Int>, buffers: ReceiveBuffers) {
        self.buffer = buffer
        self.range = range
        self.buffers = buffers
    }

    deinit { self.buffers.release(self.buffer) }

    package var count: Int { self.range.count }

    /// The bytes, valid while this exists.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self.buffer.bytes[self.range]) }

    /// Removes the first `count` bytes, which the socket took.
    package mutating func removeFirst(_ count: Int) {
        self.range = (self.range.lowerBound + count)..<self.range.upperBound
    }
}

@available(*, unavailable)
extension ReceiveBuffers: Sendable {}

@available(*, unavailable)
extension ReceiveBuffer: Sendable {}
