import CanonicalJSON
import HTTPMessage
import HTTPServer
import Packaging
import TUFRepository
import Warehouse
import WarehouseWeb

/// Whether projects are shown, and may change.
extension AdminSite {
    var projectStatus: AdminOperation {
        AdminOperation(
            method: .put, path: "projects/{project}/status",
            summary: "Quarantine, archive or remove a project, or open it again.",
            body: OpenAPI.object(
                [
                    (
                        "status",
                        [
                            "type": "string",
                            "enum": .array(ProjectStatus.allCases.map { .string($0.rawValue) }),
                        ]
                    ),
                    ("reason", ["type": "string", "maxLength": 1_000]),
                ], required: ["status"]),
            answer: (200, OpenAPI.record([("status", OpenAPI.text)])),
            refusals: [400, 404, 409, 413]
        ) { [site] call in
            let members = try call.members(allowing: ["status", "reason"])
            guard let status = ProjectStatus(rawValue: members["status"]?.string ?? "") else {
                throw TransactionRefusal(.draft, value: "status", "There is no such status.")
            }
            let reason = try members["reason"].map { try call.text($0, "reason") } ?? ""
            guard reason.unicodeScalars.count <= 1_000 else {
                throw TransactionRefusal(.draft, value: "reason", "A reason has at most 1,000 characters.")
            }
            guard let name = try? ProjectName(call.parameters["project"] ?? "") else {
                throw TransactionRefusal(.notFound, value: "project", "There is no such project.")
            }
            let transaction = try await site.warehouse.setStatus(
                status, of: name, reason: reason, by: call.account)
            if let transaction { await site.publication(of: transaction) }
            site.forgetPages()
            return .json(.ok, ["status": .string(status.rawValue)])
        }
    }
}
