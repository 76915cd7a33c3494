import Foundation
import NetBIOS
import NetBIOSRouter
import NetworkDiagnosis
import Testing

struct ProbeRemarkTests {
    @Test func `nbrouter-trouble(7) explains every remark`() throws {
        let page = URL(filePath: #filePath).appending(path: "../../../man/nbrouter-trouble.7").standardized
        let lines = Set(try String(contentsOf: page, encoding: .utf8).split(separator: "\n").map(String.init))
        let missing = ProbeRemark.Code.allCases.map(\.rawValue).filter { !lines.contains(".It Cm \($0)") }
        #expect(missing.isEmpty)
    }

    private func codes(smb1: ProbeReport.SMBAnswer?, smb2: ProbeReport.SMBAnswer?) -> [String] {
        var report = ProbeReport()
        report.backends = [
            ProbeReport.BackendFinding(
                backend: "nas1:445",
                routes: ["NAS1"],
                address: "192.0.2.10:445",
                smb1: smb1,
                smb2: smb2
            )
        ]
        return report.remarks.map(\.code.rawValue)
    }

    @Test func `the two responses of a backend determine its remarks`() {
        let lanman = ProbeReport.SMBAnswer.accepts(.smb1("NT LM 0.12"), signing: .offered)
        let modern = ProbeReport.SMBAnswer.accepts(.smb2(.init(rawValue: 0x0311)), signing: .offered)
        let strict = ProbeReport.SMBAnswer.accepts(.smb2(.init(rawValue: 0x0311)), signing: .required)
        #expect(self.codes(smb1: lanman, smb2: modern) == [])
        #expect(self.codes(smb1: lanman, smb2: .refuses) == [])
        #expect(self.codes(smb1: .refuses, smb2: modern) == ["backend-without-smb1"])
        #expect(self.codes(smb1: .hangsUp, smb2: strict) == ["backend-without-smb1", "backend-requires-signing"])
        #expect(self.codes(smb1: .silent, smb2: strict) == ["backend-requires-signing"], "silence is no refusal")
        #expect(self.codes(smb1: .failed("connection reset"), smb2: modern) == [])
        #expect(self.codes(smb1: nil, smb2: strict) == ["backend-requires-signing"], "the time was up for one of them")
        #expect(self.codes(smb1: .silent, smb2: nil) == [])
        #expect(self.codes(smb1: .silent, smb2: .silent) == ["backend-silent"])
        #expect(self.codes(smb1: .refuses, smb2: .refuses) == ["backend-refuses"])
        #expect(self.codes(smb1: .hangsUp, smb2: .refuses) == ["backend-refuses"])
        #expect(self.codes(smb1: .hangsUp, smb2: .hangsUp) == ["backend-not-smb"])
        #expect(self.codes(smb1: .notSMB, smb2: .failed("connection reset")) == ["backend-not-smb"])
    }

    @Test func `a report without findings has no remarks`() {
        #expect(ProbeReport().remarks.isEmpty)
    }
}
