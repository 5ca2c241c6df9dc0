//! The table: which fault of a connection, over which wire, at which step of which form.

use std::sync::Arc;

use atlas_simulator::{Effect, Fault, Operation};
use bytes::Bytes;

use crate::in_memory::form::{Form, Step};
use crate::in_memory::words::{API_KEY, Caller, SERVICE_ACCOUNT};

use super::line::{Armed, Cut, Wire};

/// Makes a fault of the simulator's own, of the URL of somebody who is not Atlas.
pub(super) type Faulty = Arc<dyn Fn(&str) -> Fault + Send + Sync>;

/// Who breaks it.
pub(super) enum Breaks {
    Simulator(Faulty),
    Line(Wire, Armed),
    Nothing(Wire),
}

/// One cell of the table.
pub(super) struct Case {
    pub(super) row: String,
    pub(super) form: Form,
    pub(super) step: Step,
    pub(super) caller: Caller,
    pub(super) breaks: Breaks,
    /// Nothing comes, or too slowly, until the time of the request is over.
    pub(super) is_silent: bool,
}

impl Case {
    pub(super) fn name(&self) -> String {
        format!("{}, {:?}, {:?}", self.row, self.form, self.step)
    }
}

/// Forms of which everything is tried: of the resource and of the action, with all kinds of steps but the one that only a replace has.
const WHOLE: [Form; 4] = [
    Form::Create,
    Form::Update,
    Form::Destroy,
    Form::ActionRestart,
];

/// Where a fault is tried. All of them at every step of every form would be more than half as many cases again, too many for two cores;
/// and would find no other way through the provider, as the same code asks for a look or a token, whatever it is for. What differs from
/// form to form is what a start or stop leads to whose fate is in doubt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    /// At every step of every form.
    Everywhere,
    /// At every step of the forms above, and wherever any other form starts, stops, or looks between its halves.
    WhereItDiffers,
}

use Tried::{Everywhere, WhereItDiffers};

impl Tried {
    fn includes(self, form: Form, step: Step) -> bool {
        self == Everywhere
            || WHOLE.contains(&form)
            || matches!(step, Step::Stop | Step::LookBeforeStart | Step::Start)
    }
}

const MEBIBYTE: usize = 1 << 20;

type Made = fn(&str) -> Effect;

/// What the simulator does by itself, over HTTP/1.1 in clear.
const EFFECTS: [(&str, Tried, Made); 10] = [
    ("reset before", Everywhere, |_| Effect::Reset {
        processed: false,
    }),
    ("reset after", Everywhere, |_| Effect::Reset {
        processed: true,
    }),
    ("dripping body", Everywhere, |_| Effect::SlowDrip),
    ("no answer, no effect", Everywhere, |_| Effect::NoAnswer {
        processed: false,
    }),
    ("no answer, effect", Everywhere, |_| Effect::NoAnswer {
        processed: true,
    }),
    ("truncated body", Everywhere, |_| Effect::Truncate),
    ("oversized error", WhereItDiffers, |_| Effect::Answer {
        status: 503,
        content_type: "text/plain".to_owned(),
        body: Bytes::from(vec![b'x'; 2 * MEBIBYTE]),
        headers: Vec::new(),
        processed: false,
    }),
    ("oversized body", WhereItDiffers, |_| {
        Effect::Oversize(17 * MEBIBYTE)
    }),
    ("redirect to another host", Everywhere, |url| {
        Effect::Redirect(format!("{url}/"))
    }),
    ("connection closed after the answer", WhereItDiffers, |_| {
        Effect::CloseConnection
    }),
];

/// What the line does: over which wire, how often.
const CUTS: [(Wire, Cut, u32); 25] = [
    (Wire::Plain, Cut::Refused, 1),
    (Wire::Plain, Cut::Refused, Fault::ALWAYS),
    (Wire::Plain, Cut::ClosedBefore, 1),
    (Wire::Plain, Cut::ClosedAfter, 1),
    (Wire::Plain, Cut::DrippingHead, 1),
    (Wire::Plain, Cut::TruncatedHead, 1),
    (Wire::Plain, Cut::ClosedIdle, Fault::ALWAYS),
    (Wire::Tls, Cut::Untrusted, 1),
    (Wire::Tls, Cut::Untrusted, Fault::ALWAYS),
    (Wire::Tls, Cut::WrongName, 1),
    (Wire::Tls, Cut::PlainAnswer, 1),
    (Wire::Tls, Cut::HandshakeCutOff, 1),
    (Wire::Tls, Cut::HandshakeSilent, 1),
    (Wire::Tls, Cut::ClosedBefore, 1),
    (Wire::Tls, Cut::ClosedAfter, 1),
    (Wire::Tls, Cut::TruncatedHead, 1),
    (Wire::Tls, Cut::ClosedIdle, Fault::ALWAYS),
    (Wire::Http2, Cut::StreamRefused { processed: false }, 1),
    (Wire::Http2, Cut::StreamRefused { processed: true }, 1),
    (Wire::Http2, Cut::StreamReset { processed: false }, 1),
    (Wire::Http2, Cut::StreamReset { processed: true }, 1),
    (Wire::Http2, Cut::GoAway { processed: false }, 1),
    (Wire::Http2, Cut::GoAway { processed: true }, 1),
    (Wire::Http2, Cut::StreamTruncated, 1),
    (Wire::Http2, Cut::StreamSilent, 1),
];

/// All cells.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for form in Form::ALL {
        for wire in [Wire::Plain, Wire::Tls, Wire::Http2] {
            let row = format!("{wire:?}: nothing");
            cases.push(case(row, form, Step::Start, Breaks::Nothing(wire)));
        }
        for step in form.steps() {
            cases.extend(of_simulator(form, *step));
            cases.extend(of_line(form, *step));
        }
    }
    cases
}

fn case(row: String, form: Form, step: Step, breaks: Breaks) -> Case {
    Case {
        row,
        form,
        step,
        caller: SERVICE_ACCOUNT,
        breaks,
        is_silent: false,
    }
}

fn of_simulator(form: Form, step: Step) -> impl Iterator<Item = Case> {
    let (operation, before) = form.place_of(step);
    EFFECTS
        .into_iter()
        .filter(move |(_, tried, _)| tried.includes(form, step))
        .flat_map(move |(name, _, effect)| {
            let row = format!("Plain: {name}");
            let is_silent = name.starts_with("no answer") || name == "dripping body";
            let fault: Faulty = Arc::new(move |url| Fault::on(operation, effect(url)).skip(before));
            let asks_first = operation == Operation::Token && WHOLE.contains(&form);
            let first = asks_first.then(|| {
                let fault: Faulty = Arc::new(move |url| Fault::on_challenge(effect(url)));
                Case {
                    caller: API_KEY,
                    is_silent,
                    ..case(row.clone(), form, step, Breaks::Simulator(fault))
                }
            });
            let other = Case {
                is_silent,
                ..case(row, form, step, Breaks::Simulator(fault))
            };
            first.into_iter().chain([other])
        })
}

fn of_line(form: Form, step: Step) -> impl Iterator<Item = Case> {
    let (operation, same) = form.place_of(step);
    let place = form.steps().iter().position(|other| *other == step);
    let place = u32::try_from(place.unwrap_or_default()).expect("a few");
    let tried = CUTS.into_iter().filter(move |(_, cut, times)| {
        let tried = match (cut, times) {
            // Never are credentials said to somebody whom nobody trusts, whatever they are said for.
            (Cut::Untrusted, 1) => Everywhere,
            _ => WhereItDiffers,
        };
        tried.includes(form, step)
    });
    tried.map(move |(wire, cut, times)| {
        let row = match times {
            Fault::ALWAYS => format!("{wire:?}: {cut:?}, always"),
            _ => format!("{wire:?}: {cut:?}"),
        };
        let before = if cut.is_of_connections() { place } else { same };
        let armed = Armed {
            cut,
            operation,
            before,
            times,
        };
        Case {
            is_silent: matches!(
                cut,
                Cut::HandshakeSilent | Cut::StreamSilent | Cut::DrippingHead
            ),
            ..case(row, form, step, Breaks::Line(wire, armed))
        }
    })
}
