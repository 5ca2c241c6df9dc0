//! What must hold of every apply and destroy, whatever went wrong before and in it.

use std::time::Duration;

use atlas_simulator::Settings;
use terraform_provider_atlas::framework::Value;
use tokio::time::Instant;

use super::life::{configured_name, mend};
use super::terraform::{Stored, Terraform};
use super::words::{applied, errors, is_start, named};

/// One apply, and what must hold of every apply.
pub(super) async fn apply(terraform: &mut Terraform) {
    let began = Instant::now();
    let name = configured_name(terraform);
    let before = Before::of(terraform);
    let was_open = terraform
        .state
        .as_ref()
        .is_some_and(|stored| stored.tainted && named(stored, &name))
        && remembered(terraform).get("unsettled").is_some();
    let runs_of_its_own = runs_of_its_own(terraform, &name);
    if runs_of_its_own {
        mend(terraform);
    }
    let sent = (terraform.starts(), terraform.stops());
    let renamed = terraform
        .state
        .clone()
        .filter(|stored| !named(stored, &name));
    let alone = terraform.deposed.is_empty();
    let (errors, warnings) = applied(terraform).await;
    let made_good = |text: &String| text.contains("although keep_started is false");
    assert!(
        sent.1 > 0 || terraform.stops() > 0 || !warnings.iter().any(made_good),
        "a stop of Terraform's is made good, and it sent none: {warnings:?}"
    );
    if runs_of_its_own {
        let now = (terraform.starts(), terraform.stops());
        assert_eq!(now, sent, "what ran of its own was stopped or started");
        assert_eq!(errors, Vec::<String>::new());
    }
    // A plan's read of two objects at most, and one operation or, in a replace, two; each of them may destroy another.
    assert!(
        began.elapsed() <= Duration::from_secs(5 * 180 + 5),
        "it took {:?}",
        began.elapsed()
    );
    before.is_followed_by_one_start(terraform);
    let accepted = before.accepted(terraform);
    let exists = terraform.atlas.state(&name).is_some();
    let forgotten = terraform.state.is_none() && !errors.is_empty();
    assert!(
        !(exists && forgotten && (accepted > 0 || was_open)),
        "a start that was or may have been accepted is forgotten: {errors:?}"
    );
    if errors.is_empty() {
        is_true(terraform, &name);
    }
    if alone && errors.is_empty() {
        runs_no_more(terraform, renamed).await;
    }
    let remembered = remembered(terraform);
    for part_of_a_plan in ["resumes", "destroys", "change"] {
        assert_eq!(remembered.get(part_of_a_plan), None, "{remembered}");
    }
}

/// What an apply finds.
pub(super) struct Before {
    name: String,
    starts: usize,
    requests: usize,
}

impl Before {
    pub(super) fn of(terraform: &Terraform) -> Self {
        let name = configured_name(terraform);
        Self {
            starts: terraform.atlas.starts(&name).len(),
            requests: terraform.atlas.record().len(),
            name,
        }
    }

    /// How many starts Atlas accepted since.
    fn accepted(&self, terraform: &Terraform) -> usize {
        let now = terraform.atlas.starts(&self.name).len();
        now.saturating_sub(self.starts)
    }

    pub(super) fn is_followed_by_one_start(&self, terraform: &Terraform) {
        let accepted = self.accepted(terraform);
        // FAILED before and FAILED after: nobody can tell whether a start whose answer was lost came in between.
        let record = terraform.atlas.record();
        let mut starts = record
            .iter()
            .skip(self.requests)
            .filter(|request| is_start(request));
        let cannot_be_told = starts.any(|start| start.state_before.as_deref() == Some("FAILED"));
        assert!(
            accepted <= 1 || cannot_be_told,
            "{accepted} starts were accepted in one apply: {record:#?}"
        );
    }
}

/// The state that is recorded where no error is told.
fn is_true(terraform: &Terraform, name: &str) {
    let Some(stored) = &terraform.state else {
        return;
    };
    let state = stored.value.attribute("state");
    let truth = Value::from(terraform.atlas.state(name));
    // What nobody waits for goes on.
    let goes_on = stored.value.attribute("wait").as_bool() == Some(false)
        && state.as_str() == Some("STARTING");
    // Of a start before an import nothing is remembered, and nobody can know more than reads show.
    let mut reads_lag = false;
    let settings = |settings: &mut Settings| reads_lag = settings.read_lag.is_some();
    terraform.atlas.settings(settings);
    let is_old = reads_lag && stored.value.attribute("started_at").is_null();
    assert!(
        state.is_null() || *state == truth || goes_on || is_old,
        "{state:?} is recorded and {truth:?} is true"
    );
}

/// A destroy that is to stop, and was told of no failure and of nobody who keeps it, leaves nothing that runs, or is about to.
pub(super) async fn destroy(terraform: &mut Terraform) {
    let stored = terraform.state.clone();
    let alone = terraform.deposed.is_empty();
    let told = terraform.destroy().await;
    if alone && told.is_empty() && terraform.state.is_none() {
        runs_no_more(terraform, stored).await;
    }
}

/// What was stored is out of state.
async fn runs_no_more(terraform: &Terraform, stored: Option<Stored>) {
    let Some(stored) = stored else { return };
    if stored.value.attribute("stop_on_destroy").as_bool() == Some(true) {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let name = stored.value.attribute("processor_name").as_str();
        let truth = terraform.atlas.state(name.expect("a name"));
        let runs = matches!(truth.as_deref(), Some("STARTED" | "STARTING"));
        assert!(!runs, "it is out of state, and runs on");
    }
}

fn remembered(terraform: &Terraform) -> serde_json::Value {
    serde_json::from_slice(terraform.private()).unwrap_or_default()
}

/// Whether the processor runs because of a create that failed, and the next apply asks for the very same.
fn runs_of_its_own(terraform: &Terraform, name: &str) -> bool {
    let config = terraform.config.as_ref().expect("a configuration");
    let remembered = remembered(terraform);
    let sent = &remembered["unsettled"]["sent"];
    let is_told = !terraform.create_before_destroy || terraform.feeds_planned_private;
    is_told
        && !terraform.replace
        && terraform.interrupt_after.is_none()
        && terraform.atlas.state(name).as_deref() == Some("STARTED")
        && terraform
            .state
            .as_ref()
            .is_some_and(|stored| stored.tainted && named(stored, name))
        && sent.is_object()
        && sent["change"].is_null()
        && sent["tier"].as_str() == config.attribute("tier").as_str()
        && sent["resume_from_checkpoint"].as_bool()
            == config.attribute("resume_from_checkpoint").as_bool()
}

/// At the end of a life, at once after whatever came last: an apply that is told of no error leads to what is configured, unless
/// nobody wants it to run.
pub(super) async fn ends_as_configured(terraform: &mut Terraform, may_rest: bool) {
    let mut refused = errors(&terraform.apply().await);
    if is_seen_stopping(terraform) {
        // No drift yet: the next one finds it at rest.
        tokio::time::sleep(Duration::from_secs(60)).await;
        refused.extend(errors(&terraform.apply().await));
    }
    let is_known = |text: &String| text.contains("STARTED already") || text.contains("in time\n");
    assert!(may_rest || refused.iter().all(is_known), "{refused:?}");
    if !refused.is_empty() || may_rest {
        return;
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
    let truth = terraform.atlas.state(&configured_name(terraform));
    assert!(
        matches!(truth.as_deref(), Some("STARTED" | "STARTING")),
        "Terraform brought it to rest, the last apply was told of no error, and it is {truth:?}"
    );
}

fn is_seen_stopping(terraform: &Terraform) -> bool {
    let state = terraform.attribute("state");
    state.is_some_and(|state| state.as_str() == Some("STOPPING"))
}
