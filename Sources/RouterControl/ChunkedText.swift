import NIOCore

/// Text of any length in chunks, for a response body.
///
/// A chunk is as long as a block that the C library returns to the system when it is freed.
struct ChunkedText: Sendable {
    private(set) var chunks: [ByteBuffer] = []

    private static let chunkLength = 256 * 1024

    /// Appends a text.
    mutating func append(_ text: String) {
        let length = text.utf8.count
        if let last = self.chunks.indices.last, self.chunks[last].writableBytes >= length {
            self.chunks[last].writeString(text)
        } else {
            var chunk = ByteBufferAllocator().buffer(capacity: max(Self.chunkLength, length))
            chunk.writeString(text)
            self.chunks.append(chunk)
        }
    }

    static func += (left: inout ChunkedText, right: String) { left.append(right) }

    /// Bytes of all chunks.
    var byteCount: Int { self.chunks.reduce(0) { $0 + $1.readableBytes } }

    /// All chunks in one piece.
    var text: String { self.chunks.map { String(buffer: $0) }.joined() }
}
