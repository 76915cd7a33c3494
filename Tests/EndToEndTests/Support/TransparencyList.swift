/// The suites of smbtorture's base.*, raw.* and smb2.* that ``TransparencyTests`` compares, and those that it does not.
enum TransparencyList {
    /// The compared suites, slow ones first. Each was run at least three times directly, four concurrently on two
    /// processors, before it was added: with the same verdicts and reasons each time.
    static let compared = [
        "raw.open", "smb2.create", "smb2.dir", "base.delete", "raw.search", "smb2.session", "smb2.compound_async",
        "raw.mux", "base.aliases", "base.attr", "base.charset", "base.chkpath", "base.createx_access", "base.deny3",
        "base.denydos", "base.dir1", "base.disconnect", "base.fdpass", "base.mangle", "base.maximum_allowed",
        "base.negnowait", "base.open", "base.openattr", "base.properties", "base.rename", "base.rw1",
        "base.samba3error", "base.secleak", "base.smb1-twrp-openroot", "base.tcon", "base.trans2", "base.unlink",
        "base.vuid", "base.winattr", "base.xcopy", "raw.acls", "raw.chkpath", "raw.close", "raw.composite",
        "raw.context", "raw.eas", "raw.ioctl", "raw.mkdir", "raw.qfileinfo", "raw.qfileinfo.ipc", "raw.qfsinfo",
        "raw.read", "raw.rename", "raw.samba3badnameblob", "raw.samba3badpath", "raw.samba3caseinsensitive",
        "raw.samba3checkfsp", "raw.samba3closeerr", "raw.samba3hide", "raw.samba3oplocklogoff",
        "raw.samba3posixtimedlock", "raw.samba3rootdirfid", "raw.samba3rootdirfid2", "raw.seek", "raw.session",
        "raw.sfileinfo", "raw.streams", "raw.unlink", "raw.write", "smb2.acls", "smb2.acls_non_canonical",
        "smb2.async_dosmode", "smb2.charset", "smb2.check-sharemode", "smb2.compound", "smb2.connect",
        "smb2.create_no_streams", "smb2.credits", "smb2.delete-on-close-perms", "smb2.deny", "smb2.dosmode",
        "smb2.durable-open", "smb2.durable-open-disconnect", "smb2.durable-v2-open", "smb2.ea", "smb2.fileid",
        "smb2.getinfo", "smb2.ioctl", "smb2.ioctl-on-stream", "smb2.lock", "smb2.mangle", "smb2.maximum_allowed",
        "smb2.mkdir", "smb2.openattr", "smb2.read", "smb2.rename", "smb2.rw", "smb2.samba3misc", "smb2.sdread",
        "smb2.secleak", "smb2.session-id", "smb2.session-require-signing", "smb2.set-sparse-ioctl", "smb2.sharemode",
        "smb2.streams", "smb2.tcon", "smb2.twrp", "smb2.winattr", "smb2.zero-data-ioctl",
        // Single tests of slow suites: unsolicited messages of a server.
        "raw.lock.async", "raw.oplock.batch7", "raw.oplock.batch8", "raw.oplock.exclusive5", "smb2.lease.break_twice",
        "smb2.lease.breaking1", "smb2.lease.upgrade", "smb2.notify.session-reconnect", "smb2.oplock.exclusive1",
    ]

    /// The excluded suites, with reasons.
    static let leftOut: [(reason: String, suites: [String])] = [
        (
            "it failed in two of eight runs against a server directly: it waits a fixed time for inotify",
            ["smb2.notify-inotify"]
        ),
        (
            "its verdict is always the same, and its reason names a file by chance or the time",
            ["smb2.setinfo", "smb2.timestamp_resolution"]
        ),
        (
            "it measures speed, or waits for the tester, and has no verdict to compare",
            [
                "base.bench-holdcon", "base.bench-holdopen", "base.bench-readwrite", "base.bench-torture",
                "base.iometer", "raw.bench-lock", "raw.bench-lookup", "raw.bench-open", "raw.bench-oplock",
                "raw.bench-tcon", "raw.hold-oplock", "raw.ping-pong", "smb2.bench", "smb2.hold-oplock",
                "smb2.hold-sharemode",
            ]
        ),
        (
            "it tries thousands of numbers or characters and prints what it finds",
            [
                "base.scan-ioctl", "base.scan-maxfid", "base.scan-pipe_number", "base.trans2-scan", "raw.scan-eamax",
                "smb2.scan", "base.casetable", "base.utable",
            ]
        ),
        (
            "it wants a printer, several addresses or a share with other settings than those of the tests' server",
            [
                "base.tcondev", "smb2.durable-v2-delay", "smb2.kernel-oplocks", "smb2.multichannel", "smb2.aio_delay",
                "smb2.change_notify_disabled",
            ]
        ),
        (
            "as a whole it takes 8 seconds to several minutes, most of them asleep",
            [
                "base.birthtime", "base.createx_sharemodes_dir", "base.createx_sharemodes_file", "base.defer_open",
                "base.delaywrite", "base.deny1", "base.deny2", "base.dir2", "base.lock", "base.ntdeny1", "base.ntdeny2",
                "base.nttrans", "base.smb", "raw.lock", "raw.notify", "raw.offline", "raw.oplock", "smb2.compound_find",
                "smb2.lease", "smb2.maxfid", "smb2.notify", "smb2.oplock", "smb2.replay", "smb2.timestamps",
            ]
        ),
    ]
}
