/// Which platforms a wheel may be for.
///
/// - Source: Warehouse, `forklift/legacy.py`, `_valid_platform_tag`; PEP 600 (manylinux), PEP 656 (musllinux).
package enum PlatformTag {
    /// Whether the Python index accepts wheels with this tag: those whose meaning is the same everywhere.
    package static func isPortable(_ tag: String) -> Bool {
        if fixed.contains(tag) { return true }
        let parts = tag.split(separator: "_", omittingEmptySubsequences: false)
        switch parts.first {
        case "macosx": return isMacOS(parts)
        case "manylinux": return hasVersion(parts, then: jointArchitectures.union(["ppc64"]))
        case "musllinux": return hasVersion(parts, then: jointArchitectures)
        case "ios": return isIOS(parts)
        case "android":
            return parts.count >= 3 && isNumber(parts[1])
                && androidArchitectures.contains(parts[2...].joined(separator: "_"))
        case "pyemscripten": return hasVersion(parts, then: ["wasm32"])
        default: return false
        }
    }

    /// Whether the tag is for one machine's Linux, as in `linux_x86_64`. The Python index refuses most of these,
    /// for they say nothing about the libraries needed; inside one organisation they can be enough.
    package static func isPlainLinux(_ tag: String) -> Bool {
        tag.hasPrefix("linux_") && tag.utf8.count > 6
    }

    private static let fixed: Set<String> = [
        "any", "win32", "win_arm64", "win_amd64", "win_ia64", "manylinux1_x86_64", "manylinux1_i686",
        "manylinux2010_x86_64", "manylinux2010_i686", "manylinux2014_x86_64", "manylinux2014_i686",
        "manylinux2014_aarch64", "manylinux2014_armv7l", "manylinux2014_ppc64", "manylinux2014_ppc64le",
        "manylinux2014_s390x", "linux_armv6l", "linux_armv7l",
    ]
    private static let jointArchitectures: Set<String> = [
        "x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64",
    ]
    private static let macOSArchitectures: Set<String> = [
        "ppc", "ppc64", "i386", "x86_64", "arm64", "intel", "fat", "fat3", "fat64", "universal", "universal2",
    ]
    private static let androidArchitectures: Set<String> = ["armeabi_v7a", "arm64_v8a", "x86", "x86_64"]
    /// After 10, whose minor version alone counted.
    private static let macOSVersions: Set<Substring> = ["11", "12", "13", "14", "15", "26"]

    private static func isMacOS(_ parts: [Substring]) -> Bool {
        hasVersion(parts, then: macOSArchitectures)
            && (parts[1] == "10" || macOSVersions.contains(parts[1]) && parts[2] == "0")
    }

    private static func isIOS(_ parts: [Substring]) -> Bool {
        guard let device = parts.last, device == "iphoneos" || device == "iphonesimulator" else {
            return false
        }
        return hasVersion(parts.dropLast(), then: ["arm64", "x86_64"])
    }

    /// `{system}_{major}_{minor}_{architecture}`.
    private static func hasVersion(_ parts: [Substring], then architectures: Set<String>) -> Bool {
        parts.count >= 4 && isNumber(parts[1]) && isNumber(parts[2])
            && architectures.contains(parts[3...].joined(separator: "_"))
    }

    private static func isNumber(_ part: Substring) -> Bool {
        !part.isEmpty && part.utf8.allSatisfy(\.isDigit)
    }
}

extension WheelFilename {
    /// The platforms the Python index would refuse, in the filename's order. Whether this one does is its
    /// operator's choice; see ``PlatformTag/isPlainLinux(_:)``.
    package var unsupportedPlatformTags: [String] { platformTags.filter { !PlatformTag.isPortable($0) } }
}
