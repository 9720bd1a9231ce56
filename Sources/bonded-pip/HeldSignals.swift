import Foundation

/// Signals that wait until somebody asks for them: none is lost, however early it comes.
///
/// To be made before any thread, so that all threads hold them back.
struct HeldSignals {
    private var set = sigset_t()

    init(_ numbers: [Int32]) {
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for one.
    ///
    /// - Returns: its number, and whether a terminal sent it, to everything in the foreground.
    func next() -> (number: Int32, isFromTerminal: Bool) {
        var (set, information) = (set, siginfo_t())
        while true {
            let number = sigwaitinfo(&set, &information)
            if number > 0 { return (number, information.si_code == Int32(SI_KERNEL)) }
        }
    }
}
