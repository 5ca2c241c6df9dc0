//! The filter by state: what no processor is ever in is refused or pointed out before any look.

use crate::framework::{Diagnostic, Diagnostics, Path, Value};
use crate::provider::stream_processor::validate;

/// The states that Atlas was seen to give; it may have more.
const STATES: [&str; 10] = [
    "CREATED",
    "CREATING",
    "DROPPED",
    "FAILED",
    "INIT",
    "PROVISIONING",
    "STARTED",
    "STARTING",
    "STOPPED",
    "STOPPING",
];

/// A filter that can never find anything would make an empty `for_each`, which destroys, and a check that never fails.
pub(super) fn checked(config: &Value) -> Diagnostics {
    let Some(states) = config.attribute("states").as_slice() else {
        return Diagnostics::default();
    };
    if states.is_empty() {
        let path = Path::root("states");
        let detail = format!(
            "{path} is empty, so that no processor would be found: leave it out (or set it to null) to find all of the \
             workspace, or name a state."
        );
        return validate::refusal(path, "Invalid states", detail).into();
    }
    let checked = (0_i64..).zip(states).filter_map(|(index, state)| {
        let path = Path::root("states").index(index);
        if state.is_null() {
            let detail = format!("{path} is null: leave it out, or name a state.");
            return Some(validate::refusal(path, "Invalid state", detail));
        }
        let state = state.as_str().filter(|state| !STATES.contains(state))?;
        let is_none = state.is_empty() || state.contains(|c: char| c.is_lowercase() || c.is_whitespace());
        let hint = near(state).map_or_else(String::new, |word| format!(" Did you mean {word:?}?"));
        if is_none {
            let detail = format!(
                "{path} is {state:?}, and Atlas writes states in capitals, such as \"STARTED\", so no processor would \
                 be found.{hint}"
            );
            return Some(validate::refusal(path, "Invalid state", detail));
        }
        let detail = format!(
            "{path} is {state:?}, which this provider never saw Atlas give.{hint} Only processors in exactly \
             this state are found."
        );
        Some(Diagnostic::warning("Unknown state", detail).at(path))
    });
    checked.collect()
}

/// The known state that somebody meant who wrote this one; none where it is like none.
fn near(state: &str) -> Option<&'static str> {
    let state = state.trim().to_ascii_uppercase();
    let near = STATES
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(known, &state), known));
    let (distance, known) = near.min()?;
    (distance <= 2).then_some(known)
}
