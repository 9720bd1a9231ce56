/// Stops the run where a rule does not hold. Unlike `precondition`, it says which in optimised code, too.
func must(_ holds: Bool, otherwise failure: StaticString) {
    if !holds { fatalError("\(failure)") }
}
