import Glibc

/// The files of this repository.
enum Repository {
    /// The text of a file, by its path from the top; `nil` when it cannot be read.
    static func text(of path: String, here: String = #filePath) -> String? {
        let top = here.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        guard let file = fopen(top + "/" + path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
