import CanonicalJSON
import Foundation
import HTTPServer
import Logging
import TUF

/// Writes the program's log as JSON: an object a line with `time`, `level`, `label`, `message` and the metadata as
/// further members. Metadata of one of those four names is left out.
struct JSONLogHandler: LogHandler {
    let label: String
    let output: LogOutput
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = JSONObject()
        for (name, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) {
            line[name] = JSONValue(value)
        }
        if let error = event.error { line["error"] = .string("\(error)") }
        line["time"] = .string("\(MetadataTime.now)")
        line["level"] = .string(event.level.rawValue)
        line["label"] = .string(label)
        line["message"] = .string(event.message.description)
        output.write(line.lineBytes())
    }
}

extension JSONValue {
    fileprivate init(_ value: Logger.MetadataValue) {
        self =
            switch value {
            case .string(let text): .string(text)
            case .stringConvertible(let value): .string(value.description)
            case .dictionary(let members): .object(JSONObject(members.mapValues(JSONValue.init)))
            case .array(let elements): .array(elements.map(JSONValue.init))
            }
    }
}
