import Testing

/// Samba's torture tests of a name service.
@Suite(.serialized)
struct TortureTests {
    @Test(arguments: ["nbt.register.register_own", "nbt.register.refresh_own", "nbt.bench.namequery"])
    func `the name service passes a test of smbtorture`(test: String) throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("XYKON-2", to: lan.servers[0].address)])
            )
            try router.owns("XYKON-2")
            let finished = try SambaClient(host: lan.client).smbtorture(test, name: "XYKON-2")
            #expect(finished.succeeded && finished.output.contains("success:"), "\(finished)")
            #expect(router.process.isRunning)
        }
    }
}
