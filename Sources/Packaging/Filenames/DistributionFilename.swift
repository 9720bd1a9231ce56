/// The filename of something an index can hold.
package enum DistributionFilename: Hashable, Sendable {
    case wheel(WheelFilename)
    case sdist(SdistFilename)

    /// - Throws: `.unknownDistribution`, `.invalidWheelFilename`, `.invalidSdistFilename`.
    package init(_ text: String) throws(PackagingError) {
        if text.hasSuffix(".whl") {
            self = .wheel(try WheelFilename(text))
        } else if text.hasSuffix(".tar.gz") || text.hasSuffix(".zip") {
            self = .sdist(try SdistFilename(text))
        } else {
            throw .unknownDistribution(text)
        }
    }

    /// The whole filename.
    package var text: String {
        switch self {
        case .wheel(let wheel): wheel.text
        case .sdist(let sdist): sdist.text
        }
    }

    package var project: ProjectName {
        switch self {
        case .wheel(let wheel): wheel.project
        case .sdist(let sdist): sdist.project
        }
    }

    package var version: Version {
        switch self {
        case .wheel(let wheel): wheel.version
        case .sdist(let sdist): sdist.version
        }
    }

    package var fileType: FileType {
        switch self {
        case .wheel: .wheel
        case .sdist: .sdist
        }
    }
}

/// What kind of distribution a file is; the raw values are those of the upload form.
package enum FileType: String, Hashable, Sendable, CaseIterable {
    case sdist
    case wheel = "bdist_wheel"
}
