//! What must hold whatever goes wrong, by name; each is checked from Atlas' own record, and counted.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use atlas_simulator::{Operation, Recorded};
use tokio::time::Instant;

use super::words::{NAME, is_start};

/// One promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Invariant {
    /// No start and no stop is sent twice without a look in between that was answered.
    NoSecondWithoutALook,
    /// At most one start is accepted per intention, repeated applies of it included.
    OneStartPerIntention,
    /// The state equals Atlas, or an error was shown and the state is not ahead of Atlas.
    StateIsTrue,
    /// What was, or may have been, accepted is not forgotten.
    NothingForgotten,
    /// No request after the deadline.
    NothingAfterTheDeadline,
    /// The operation ends, and in its time.
    NeverHangs,
    /// An error names the processor and says what to do.
    SaysWhatToDo,
    /// Once everything works again the next apply leads to what is configured, and the plan after it is empty.
    NextApplySettles,
    /// Nobody but Atlas hears of the request.
    NobodyElseHears,
    /// Where nothing goes wrong, everything goes well.
    GoesWell,
    /// Where something was to go wrong, it did.
    Strikes,
}

use Invariant as I;

impl Invariant {
    const ALL: [Self; 11] = [
        Self::NoSecondWithoutALook,
        Self::OneStartPerIntention,
        Self::StateIsTrue,
        Self::NothingForgotten,
        Self::NothingAfterTheDeadline,
        Self::NeverHangs,
        Self::SaysWhatToDo,
        Self::NextApplySettles,
        Self::NobodyElseHears,
        Self::GoesWell,
        Self::Strikes,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::NoSecondWithoutALook => "no second POST without a look in between",
            Self::OneStartPerIntention => "at most one accepted start per intention",
            Self::StateIsTrue => "state equals Atlas, or an error and not ahead of it",
            Self::NothingForgotten => "what may have been accepted is not forgotten",
            Self::NothingAfterTheDeadline => "no request after the deadline",
            Self::NeverHangs => "it never hangs",
            Self::SaysWhatToDo => "an error says what to do",
            Self::NextApplySettles => "the next apply settles it, the plan after it is empty",
            Self::NobodyElseHears => "nobody else hears of it",
            Self::GoesWell => "where nothing goes wrong it goes well",
            Self::Strikes => "what was to go wrong went wrong",
        }
    }
}

/// What was checked in a case, and what did not hold.
#[derive(Default)]
pub(crate) struct Findings {
    checked: BTreeMap<Invariant, usize>,
    pub(crate) broken: Vec<(Invariant, String)>,
}

impl Findings {
    pub(crate) fn require(
        &mut self,
        invariant: Invariant,
        holds: bool,
        what: impl FnOnce() -> String,
    ) {
        *self.checked.entry(invariant).or_default() += 1;
        if !holds {
            self.broken.push((invariant, what()));
        }
    }
}

/// A table of cases as it is printed: its rows, and for each invariant how often it was checked and broken.
#[derive(Default)]
pub(crate) struct Report {
    rows: BTreeMap<String, (usize, usize)>,
    checked: BTreeMap<Invariant, usize>,
    broken: Vec<(Invariant, String)>,
}

impl Report {
    /// One case more, in the row of this name.
    pub(crate) fn add(&mut self, row: &str, case: &str, findings: Findings) {
        let (cases, passed) = self.rows.entry(row.to_owned()).or_default();
        *cases += 1;
        *passed += usize::from(findings.broken.is_empty());
        for (invariant, checks) in findings.checked {
            *self.checked.entry(invariant).or_default() += checks;
        }
        let named = findings
            .broken
            .into_iter()
            .map(|(invariant, what)| (invariant, format!("{case}: {what}")));
        self.broken.extend(named);
    }

    pub(crate) fn cases(&self) -> usize {
        self.rows.values().map(|(cases, _)| cases).sum()
    }

    /// Prints the table, for the reader of a green run too, and fails where something did not hold.
    pub(crate) fn conclude(&self, title: &str) {
        super::words::tell(&format!("\n{title}\n{self}"));
        let broken: Vec<String> = self
            .broken
            .iter()
            .map(|(invariant, what)| format!("{}: {what}", invariant.words()))
            .collect();
        assert!(
            broken.is_empty(),
            "{} findings:\n{}",
            broken.len(),
            broken.join("\n")
        );
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<58}{:>8}{:>8}", "", "cases", "passed")?;
        for (row, (cases, passed)) in &self.rows {
            writeln!(f, "{row:<58}{cases:>8}{passed:>8}")?;
        }
        let passed: usize = self.rows.values().map(|(_, passed)| passed).sum();
        writeln!(f, "{:<58}{:>8}{passed:>8}", "all", self.cases())?;
        writeln!(f, "{:<58}{:>8}{:>8}", "", "checks", "broken")?;
        for invariant in Invariant::ALL {
            let Some(checks) = self.checked.get(&invariant) else {
                continue;
            };
            let broken = self.broken.iter().filter(|(of, _)| *of == invariant);
            writeln!(
                f,
                "{:<58}{checks:>8}{:>8}",
                invariant.words(),
                broken.count()
            )?;
        }
        Ok(())
    }
}

/// The time that one operation has, and when it began.
pub(crate) struct Clock {
    pub(crate) began: Instant,
    /// When the simulator was made, from which its record counts.
    pub(crate) epoch: Instant,
    pub(crate) time: Duration,
    /// What a busy machine may add.
    pub(crate) slack: Duration,
}

impl Clock {
    /// Nothing is sent twice without a look in between, nothing after the deadline, and the end comes in time.
    pub(crate) fn keeps_to_the_rules(&self, record: &[Recorded], found: &mut Findings) {
        let elapsed = self.began.elapsed();
        found.require(
            I::NeverHangs,
            elapsed <= self.time + Duration::from_secs(2) + self.slack,
            || format!("it took {elapsed:?}"),
        );
        let mut looked = true;
        let mut unauthorized = 0;
        for request in record {
            let sends = is_start(request) || request.operation == Operation::Stop;
            if sends && request.status == Some(401) {
                // For a new nonce or token it goes once more, and no look is needed for that. What carries no credentials
                // only asks for a challenge.
                unauthorized += u32::from(request.header("authorization").is_some());
                found.require(I::NoSecondWithoutALook, unauthorized <= 2, || {
                    format!("sent again after a second 401: {}", story(record))
                });
            } else if sends {
                found.require(I::NoSecondWithoutALook, looked, || {
                    format!("sent without a look before it: {}", story(record))
                });
                looked = false;
                unauthorized = 0;
            }
            looked |= matches!(request.operation, Operation::Get | Operation::List)
                && request.status == Some(200);
            let at = (self.epoch + request.at).saturating_duration_since(self.began);
            if request.operation != Operation::Revoke {
                found.require(
                    I::NothingAfterTheDeadline,
                    at <= self.time + self.slack,
                    || format!("sent at {at:?}: {request}"),
                );
            }
        }
    }
}

/// Requests in short, for whoever reads a finding.
pub(crate) fn story(record: &[Recorded]) -> String {
    let told: Vec<String> = record.iter().map(ToString::to_string).collect();
    format!("[{}]", told.join("; "))
}

/// How advice begins.
const ADVICE: [&str; 19] = [
    "Invoking the action again",
    "check `",
    "pply again",
    "the next apply",
    "next destroy tries again",
    "is planned again",
    "again later",
    "Invoke the action again",
    "invoke the action again",
    "Look at the processor",
    "ind out",
    "Check ",
    "Set ",
    "Add ",
    "Wait ",
    "Give ",
    "Ask ",
    "create it",
    "Run the same again",
];

/// An error names the processor, and what may be done.
pub(crate) fn says_what_to_do(failed: &[String], found: &mut Findings) {
    for text in failed {
        let named = text.contains(&format!("\"{NAME}\""));
        let advised = ADVICE.iter().any(|advice| text.contains(advice));
        found.require(I::SaysWhatToDo, named && advised, || {
            format!("it says little: {text}")
        });
    }
}
