import Glibc

/// A long stream of message frames in which every position has distinct bytes, so that lost, doubled or moved bytes are
/// detected.
enum Pattern {
    /// A header and a prime number of bytes: a period that no block size divides.
    private static let period = 4 + 65_521

    private static let twice: [UInt8] = {
        var state: UInt32 = 0x2545_F491
        let payload = (4..<period).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return Wire.message(payload) + Wire.message(payload)
    }()

    /// The bytes from an offset on; at most a period of them.
    static func bytes(at offset: Int, count: Int) -> ArraySlice<UInt8> {
        let start = offset % self.period
        return self.twice[start..<start + min(count, self.period)]
    }

    /// The first so many bytes of the stream.
    static func bytes(count: Int) -> [UInt8] {
        var all: [UInt8] = []
        all.reserveCapacity(count)
        while all.count < count { all += self.bytes(at: all.count, count: count - all.count) }
        return all
    }

    /// Whether some bytes are those at an offset.
    static func matches(_ bytes: [UInt8], at offset: Int) -> Bool {
        var done = 0
        while done < bytes.count {
            let expected = self.bytes(at: offset + done, count: bytes.count - done)
            let same = bytes.withUnsafeBytes { left in
                expected.withUnsafeBytes { right in
                    guard let left = left.baseAddress, let right = right.baseAddress else { return false }
                    return memcmp(left + done, right, expected.count) == 0
                }
            }
            guard same else { return false }
            done += expected.count
        }
        return true
    }
}

extension RawSession {
    /// Sends the first bytes of the ``Pattern``; `progress` is called after each piece.
    func sendPattern(count: Int, from start: Int = 0, within seconds: Double, progress: (Int) -> Void = { _ in }) throws
    {
        let deadline = Deadline(seconds: seconds)
        var sent = start
        while sent < count {
            let piece = Array(Pattern.bytes(at: sent, count: count - sent))
            try self.send(piece, within: Double(deadline.remainingMilliseconds) / 1000)
            sent += piece.count
            progress(piece.count)
        }
    }

    /// Receives up to the end of the stream and compares with the ``Pattern``.
    ///
    /// - Returns: The number of bytes; `nil` if one of them was wrong.
    func receivePattern(within seconds: Double) throws -> Int? {
        let deadline = Deadline(seconds: seconds)
        var received = 0
        while true {
            let bytes = try self.receive(upTo: 262_144, within: Double(deadline.remainingMilliseconds) / 1000)
            if bytes.isEmpty { return received }
            guard Pattern.matches(bytes, at: received) else { return nil }
            received += bytes.count
        }
    }
}
