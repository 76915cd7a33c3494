import NetBIOS
import Testing

struct FrameWalkerTests {
    /// Returns the forwarded bytes of `stream`, read in chunks of `size`, and the violation's type if any.
    private func forwarded(_ stream: [UInt8], chunk size: Int, dropsKeepAlives: Bool = true) -> ([UInt8], UInt8?) {
        var walker = FrameWalker(dropsKeepAlives: dropsKeepAlives)
        var passed: [UInt8] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            var read = Array(stream[start..<min(start + size, stream.count)])
            let walk = Self.walk(&walker, &read)
            passed += read.prefix(walk.count)
            if let type = walk.violation { return (passed, type) }
        }
        return (passed, nil)
    }

    private static func walk(_ walker: inout FrameWalker, _ read: inout [UInt8]) -> FrameWalker.Walk {
        var span = read.mutableSpan
        var bytes = span.mutableBytes
        return walker.walk(&bytes)
    }

    private static let message: [UInt8] = [0, 0, 0, 5] + Array("SMB-1".utf8)
    private static let keepAlive: [UInt8] = [0x85, 0, 0, 0]
    private static let mixed: [UInt8] =
        keepAlive + message + keepAlive + keepAlive + [0, 0, 0, 0] + message + keepAlive

    @Test(arguments: 1...mixed.count)
    func `keep-alives are cut out whatever the reads`(size: Int) {
        let (passed, violation) = self.forwarded(Self.mixed, chunk: size)
        #expect(passed == Self.message + [0, 0, 0, 0] + Self.message)
        #expect(violation == nil)
    }

    @Test(arguments: [1, 3, 100])
    func `keep-alives are kept where they are wanted`(size: Int) {
        #expect(self.forwarded(Self.mixed, chunk: size, dropsKeepAlives: false).0 == Self.mixed)
    }

    @Test func `a read without a keep-alive is passed on as it is; frames are counted where they begin`() {
        var walker = FrameWalker(dropsKeepAlives: true)
        var read = Self.message + Self.message + [0, 0]
        #expect(Self.walk(&walker, &read) == FrameWalker.Walk(count: read.count, frameCount: 3))
        #expect(!walker.isBetweenFrames)
        var rest: [UInt8] = [0, 1]
        #expect(Self.walk(&walker, &rest) == FrameWalker.Walk(count: 2, frameCount: 0))
        var payload: [UInt8] = [0x85]
        #expect(Self.walk(&walker, &payload) == FrameWalker.Walk(count: 1, frameCount: 0))
        #expect(walker.isBetweenFrames)
    }

    @Test(arguments: [4096, 524_288])
    func `the longest frame of 24 bits is followed to its end`(size: Int) {
        let frame = [0, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0x85, count: 0xFF_FFFF)
        let (passed, violation) = self.forwarded(frame + Self.keepAlive + Self.message, chunk: size)
        #expect(passed.count == frame.count + Self.message.count)
        #expect(violation == nil)
    }

    @Test(arguments: [0x81, 0x82, 0x83, 0x84, 0x47, 0xFF])
    func `any other type ends the session, behind what came before it`(type: UInt8) {
        for size in [1, 2, 9, 100] {
            let (passed, violation) = self.forwarded(Self.message + [type, 0, 0, 0] + Self.message, chunk: size)
            #expect(passed == Self.message)
            #expect(violation == type)
        }
    }

    @Test func `nothing is forwarded after a violation`() {
        var walker = FrameWalker(dropsKeepAlives: true)
        var garbage: [UInt8] = [0x47]
        #expect(Self.walk(&walker, &garbage) == FrameWalker.Walk(violation: 0x47))
        var message = Self.message
        #expect(Self.walk(&walker, &message) == FrameWalker.Walk())
    }

    @Test func `sixty thousand keep-alives in one read leave nothing`() {
        let burst = [[UInt8]](repeating: Self.keepAlive, count: 60_000).flatMap(\.self)
        #expect(self.forwarded(burst, chunk: burst.count).0.isEmpty)
        let pairs = [[UInt8]](repeating: Self.keepAlive + [0, 0, 0, 0], count: 30_000).flatMap(\.self)
        #expect(self.forwarded(pairs, chunk: pairs.count).0 == [UInt8](repeating: 0, count: 120_000))
        let empty = [UInt8](repeating: 0, count: 240_000)
        #expect(self.forwarded(empty, chunk: empty.count).0 == empty)
    }
}
