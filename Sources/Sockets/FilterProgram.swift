import Glibc

/// A classic BPF program for socket(7)'s SO_ATTACH_FILTER; owns its instructions.
package final class FilterProgram: Sendable {
    /// `struct sock_filter` of linux/filter.h.
    private struct Instruction {
        var code: UInt16
        var jumpIfTrue: UInt8 = 0
        var jumpIfFalse: UInt8 = 0
        var operand: UInt32
    }

    /// `struct sock_fprog` of linux/filter.h.
    private struct Value: Sendable {
        var count: UInt16
        // Written by the program's initializer alone, and read by the kernel alone.
        nonisolated(unsafe) var instructions: UnsafeMutablePointer<Instruction>
    }

    private let value: Value

    private init(_ instructions: [Instruction]) {
        let memory = UnsafeMutablePointer<Instruction>.allocate(capacity: instructions.count)
        memory.initialize(from: instructions, count: instructions.count)
        self.value = Value(count: UInt16(instructions.count), instructions: memory)
    }

    deinit {
        self.value.instructions.deallocate()
    }

    /// Makes a socket receive only the segments that the program passes.
    package func attach(to descriptor: CInt) {
        var value = self.value
        _ = setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &value, socklen_t(MemoryLayout<Value>.size))
    }

    /// Drops TCP segments with SYN set (bit 1 of byte 13 of the header): requests for new connections.
    package static var dropSYN: FilterProgram {
        FilterProgram([
            Instruction(code: 0x30, operand: 13),  // load byte 13
            Instruction(code: 0x45, jumpIfTrue: 0, jumpIfFalse: 1, operand: 0x02),  // SYN set?
            Instruction(code: 0x06, operand: 0),  // drop
            Instruction(code: 0x06, operand: .max),  // keep all of it
        ])
    }
}
