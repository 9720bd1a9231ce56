package import Packaging
import TUF
import TUFClient

/// All the indexes of a user: which one has a project, and whether its word is enough.
package final class Catalog: Sendable {
    private let indexes: [any InstallIndex]
    private let state: InstallerState
    package let policy: InstallPolicy

    /// - Parameter indexes: in the order in which they are asked.
    package init(_ indexes: [any InstallIndex], state: InstallerState, policy: InstallPolicy) {
        self.indexes = indexes
        self.state = state
        self.policy = policy
    }

    /// The page of a project, from the index that its name belongs to.
    ///
    /// A name that matches an index's patterns is that index's alone. Any other belongs to the first index that has it;
    /// from then on to that one only, so that no other can take its place (dependency confusion).
    ///
    /// - Returns: nil where no index has it.
    /// - Throws: ``InstallError``; an index that does not answer is not passed over.
    package func page(of project: ProjectName) throws(InstallError) -> IndexPage? {
        let bound = try state.binding(of: project)
        for index in candidates(for: project) {
            guard let page = try index.page(of: project) else { continue }
            let address = index.pinned.address
            if let bound, bound != address {
                throw .boundElsewhere(project: project, bound: bound, found: address)
            }
            let requirement = policy.requirement(for: project)
            guard requirement.isMet(by: page.vouching) else {
                throw .insufficient(index: address, project: project, requirement, page.vouching)
            }
            // Somebody else may have bound it since it was looked up.
            if bound == nil, let owner = try state.bind(project, to: index.pinned), owner != address {
                throw .boundElsewhere(project: project, bound: owner, found: address)
            }
            return page
        }
        if let bound { throw .boundElsewhere(project: project, bound: bound, found: nil) }
        return nil
    }

    /// A distribution.
    ///
    /// - Returns: nil where the project's page lists no such file.
    package func file(_ filename: String, of project: ProjectName) throws(InstallError) -> (
        IndexFile, IndexPage
    )? {
        try entry(filename, of: project) { index, file, page throws(InstallError) in
            guard let found = try index.file(file, on: page) else { return nil }
            let requirement = policy.requirement(for: project)
            guard requirement.isMet(by: found.vouching) else {
                throw InstallError.insufficient(
                    index: index.pinned.address, project: project, requirement, found.vouching)
            }
            return found
        }
    }

    /// The core metadata of a distribution.
    package func metadata(
        _ filename: String, of project: ProjectName
    ) throws(InstallError) -> (IndexFile, IndexPage)? {
        try entry(filename, of: project) { index, file, page throws(InstallError) in
            try index.metadata(of: file, on: page)
        }
    }

    /// Why each of a project's files is to be trusted.
    ///
    /// - Parameter isAsked: which files to explain.
    /// - Returns: in the page's order; nil where no index has the project.
    package func explain(
        _ project: ProjectName, where isAsked: (SimplePage.File) -> Bool
    ) throws(InstallError) -> [Explanation]? {
        for index in candidates(for: project) {
            guard let page = try index.page(of: project) else { continue }
            var explanations: [Explanation] = []
            for file in page.page.files where isAsked(file) {
                if let explained = try explain(file, on: page, by: index) { explanations.append(explained) }
            }
            return explanations
        }
        return nil
    }

    private func explain(
        _ file: SimplePage.File, on page: IndexPage, by index: any InstallIndex
    ) throws(InstallError) -> Explanation? {
        var (links, vouching) = ([ChainLink](), Vouching.nobody)
        var (sha256, size) = (file.hashes["sha256"] ?? "", file.size)
        if let index = index as? VerifiedIndex {
            guard let found = try index.find(page.project, file.filename) else { return nil }
            links = index.updater.trusted.links(along: found.chain)
            vouching = Vouching(chain: found.chain, to: page.project)
            (sha256, size) = (found.file.hashes["sha256"] ?? "", found.file.length)
        }
        return Explanation(
            project: page.project, index: page.index, filename: file.filename, sha256: sha256, size: size,
            links: links, vouching: vouching, requirement: policy.requirement(for: page.project),
            yanked: file.yanked)
    }

    private func candidates(for project: ProjectName) -> [any InstallIndex] {
        let owners = indexes.filter { index in index.pinned.projects.contains { $0.matches(project) } }
        return owners.isEmpty ? indexes.filter { $0.pinned.projects.isEmpty } : owners
    }

    private func entry(
        _ filename: String, of project: ProjectName,
        _ fetch: (any InstallIndex, SimplePage.File, IndexPage) throws(InstallError) -> IndexFile?
    ) throws(InstallError) -> (IndexFile, IndexPage)? {
        guard let page = try page(of: project),
            let file = page.page.files.first(where: { $0.filename == filename }),
            let index = indexes.first(where: { $0.pinned == page.index }),
            let found = try fetch(index, file, page)
        else { return nil }
        return (found, page)
    }
}
