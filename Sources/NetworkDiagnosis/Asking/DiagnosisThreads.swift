import Sockets

/// The threads of this target for calls that block: one waits for answers, one reads files, one looks a name up.
enum DiagnosisThreads {
    /// Made at the first use.
    private static let pool: Result<BlockingPool, SystemCallError> = Result { () throws(SystemCallError) in
        try BlockingPool(threadCount: 3)
    }

    /// Runs `body` on one of the threads and returns its result.
    ///
    /// - Throws: ``SystemCallError`` where no thread is left.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async throws(SystemCallError) -> Value {
        await (try self.pool.get()).run(body)
    }
}
