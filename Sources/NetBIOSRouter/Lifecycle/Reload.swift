import RouteConfig

/// A change of configuration as one transaction: all participants take part in it, or none.
struct Reload: Sendable {
    private let steps: [Step]

    /// The prepared step of one participant.
    private struct Step: Sendable {
        let commit: @Sendable () async -> Void
        let cancel: @Sendable () async -> Void

        init(_ participant: some ReloadParticipant, _ configuration: RouterConfiguration) async throws {
            let prepared = try await participant.prepare(configuration)
            self.commit = { await participant.commit(prepared) }
            self.cancel = { await participant.cancel(prepared) }
        }
    }

    /// Prepares the participants in order. The first error cancels those before it, the last one first.
    ///
    /// - Parameters:
    ///   - configuration: The new configuration.
    ///   - participants: The parts that it may change.
    /// - Throws: ``ClientSourceError`` if the process lacks an ability that a route requires, or the error of a
    ///   participant; nothing has changed then.
    init(to configuration: RouterConfiguration, _ participants: [any ReloadParticipant]) async throws {
        if let problem = configuration.clientSourceProblem() { throw problem }
        var steps: [Step] = []
        for participant in participants {
            do {
                steps.append(try await Step(participant, configuration))
            } catch {
                for step in steps.reversed() { await step.cancel() }
                throw error
            }
        }
        self.steps = steps
    }

    /// Commits all participants, in the same order.
    func commit() async {
        for step in self.steps { await step.commit() }
    }
}
