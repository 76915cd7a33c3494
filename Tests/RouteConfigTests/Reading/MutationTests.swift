import Foundation
import RouteConfig
import Testing

/// A generator of the same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// Damaged files.
struct MutationTests {
    /// Bytes with a meaning in YAML or in a value.
    private static let telling = Array("\n\t\r :-[]{},#&*!|>'\"%@`?~<.0x\\é\u{FEFF}\0".utf8)

    /// The full file with one to five bytes or stretches changed.
    private static func mutated(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = Array(Fixture.full.utf8)
        for _ in 0..<Int.random(in: 1...5, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, place + Int.random(in: 1...20, using: &generator))
            let telling = Self.telling.randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[place] = telling
            case 2: bytes.insert(telling, at: place)
            case 3: bytes.removeSubrange(place..<end)
            case 4: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
            case 5: bytes.removeSubrange(place...)
            default: bytes.swapAt(place, end - 1)
            }
        }
        return bytes
    }

    @Test(arguments: UInt64(0)..<8)
    func `damaged files end in a configuration or in errors that can be shown`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<2500 {
            let bytes = Self.mutated(&generator)
            let result = ConfigurationReader.load(bytes: bytes, name: "routes.yaml")
            let hasError = result.diagnostics.contains { $0.severity == .error }
            #expect(hasError == (result.configuration == nil), "seed \(seed), round \(round)")
            // Showing takes longer than reading.
            guard round % 10 == 0 else { continue }
            let text = result.rendered()
            #expect(text.utf8.allSatisfy { $0 == 0x0A || $0 >= 0x20 }, "seed \(seed), round \(round)")
            #expect(throws: Never.self, "seed \(seed), round \(round)") {
                let json = try JSONText.line(CheckVerdict(LoadReport(result), isStrict: false))
                _ = try JSONSerialization.jsonObject(with: Data(json.utf8))
            }
            #expect(
                result.diagnostics.map(\.span) == result.diagnostics.map(\.span).sorted(),
                "seed \(seed), round \(round)"
            )
        }
    }
}
