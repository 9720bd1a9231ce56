/// Which platform tags an index takes: those that promise to run elsewhere than where they were built.
///
/// - Source: Warehouse, `forklift/legacy.py`; PEP 600 (manylinux), 656 (musllinux), 730 (iOS), 738 (Android).
package enum WheelPlatform {
    package static func isSupported(_ tag: String) -> Bool {
        if fixed.contains(tag) { return true }
        let parts = tag.split(separator: "_", omittingEmptySubsequences: false)
        switch parts[0] {
        case "macosx": return isSupportedMac(parts)
        case "manylinux": return versioned(parts).map { linux.contains($0) || $0 == "ppc64" } ?? false
        case "musllinux": return versioned(parts).map(linux.contains) ?? false
        case "ios":
            guard let device = parts.last, device == "iphoneos" || device == "iphonesimulator" else {
                return false
            }
            return versioned(parts.dropLast()).map(["arm64", "x86_64"].contains) ?? false
        case "android":
            guard parts.count >= 3, isNumber(parts[1]) else { return false }
            return android.contains(parts[2...].joined(separator: "_"))
        case "pyemscripten":
            return versioned(parts) == "wasm32"
        default: return false
        }
    }

    private static let fixed: Set<String> = [
        "any", "win32", "win_arm64", "win_amd64", "win_ia64",
        "manylinux1_x86_64", "manylinux1_i686", "manylinux2010_x86_64", "manylinux2010_i686",
        "manylinux2014_x86_64", "manylinux2014_i686", "manylinux2014_aarch64", "manylinux2014_armv7l",
        "manylinux2014_ppc64", "manylinux2014_ppc64le", "manylinux2014_s390x",
        "linux_armv6l", "linux_armv7l",
    ]
    private static let linux: Set<String> = [
        "x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64",
    ]
    private static let android: Set<String> = ["armeabi_v7a", "arm64_v8a", "x86", "x86_64"]
    private static let mac: Set<String> = [
        "ppc", "ppc64", "i386", "x86_64", "arm64", "intel", "fat", "fat3", "fat64", "universal", "universal2",
    ]
    private static let macMajors: Set<Substring> = ["11", "12", "13", "14", "15", "26"]

    /// macOS 10 counts minor versions; later ones are named by their major version and 0.
    private static func isSupportedMac(_ parts: [Substring]) -> Bool {
        guard let architecture = versioned(parts[...]), mac.contains(architecture) else { return false }
        return parts[1] == "10" || (macMajors.contains(parts[1]) && parts[2] == "0")
    }

    /// What follows `<system>_<number>_<number>_`.
    private static func versioned(_ parts: some RandomAccessCollection<Substring>) -> String? {
        let parts = Array(parts)
        guard parts.count >= 4, isNumber(parts[1]), isNumber(parts[2]) else { return nil }
        return parts[3...].joined(separator: "_")
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(\.isDigit)
    }
}
