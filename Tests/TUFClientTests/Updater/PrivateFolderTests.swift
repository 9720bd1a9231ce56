
    @Test(
        "one at a time works alone, be it threads of one process or several processes",
        arguments: [false, true])
    func alone(isOneProcess: Bool) throws {
        let place = try TemporaryFolder()
        let shared = try PrivateFolder(place.path)
        try shared.store([0], as: "count")
        _ = try onThreads(8) { _ in
            let folder = isOneProcess ? shared : try PrivateFolder(place.path)
            for _ in 0..<20 {
                try folder.alone {
                    let count = try #require(try folder.bytes(of: "count")?.first)
                    sched_yield()
                    try folder.store([count + 1], as: "count", isDurable: false)
                }
            }
        }
        #expect(try shared.bytes(of: "count") == [160])
    }
}
