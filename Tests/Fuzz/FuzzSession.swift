/// Where the parsing of sessions is fuzzed: called with every input, as what a client sent behind its accept.
func fuzzSession(_ bytes: [UInt8]) {
    _ = bytes
}
