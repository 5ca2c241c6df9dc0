//! Secrets: whatever the credential and its source, right or wrong, it is in no output, no log at TRACE, no plan and no state.

use atlas_simulator::{Operation, known};

use super::action::INVOKE;
use super::traces::Traces;
use super::world::{World, start, start_action};

/// A kind of credential: its variables, its arguments, and two secrets.
struct Credential {
    /// Variable, argument and value of the half that is no secret.
    name: Option<(&'static str, &'static str, &'static str)>,
    /// Variable and argument of the secret.
    secret: (&'static str, &'static str),
    right: &'static str,
    /// One that Atlas refuses; a person may have mistaken only one character, so it is as secret.
    wrong: &'static str,
}

/// Where a credential comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Environment,
    /// The provider block, from variables with `sensitive = true`.
    Sensitive,
    /// The provider block, from variables with `ephemeral = true`.
    Ephemeral,
}

pub(super) async fn an_access_token_is_nowhere(mut world: World) {
    let credential = Credential {
        name: None,
        secret: ("MONGODB_ATLAS_ACCESS_TOKEN", "access_token"),
        right: known::ACCESS_TOKEN,
        wrong: "eyJhbGciOiJFUzUxMiJ9.eyJzdWIiOiJzb21lYm9keSJ9.mistaken-access-token",
    };
    everything_is_clean(&mut world, &credential).await;
}

pub(super) async fn a_service_account_is_nowhere(mut world: World) {
    let credential = Credential {
        name: Some(("MONGODB_ATLAS_CLIENT_ID", "client_id", known::CLIENT_ID)),
        secret: ("MONGODB_ATLAS_CLIENT_SECRET", "client_secret"),
        right: known::CLIENT_SECRET,
        wrong: "mdb_sa_sk_mistaken-Secret_9876543210",
    };
    everything_is_clean(&mut world, &credential).await;
    let tokens = |operation| {
        let requests = world.requests().into_iter();
        requests
            .filter(|request| request.operation == operation && request.status == Some(200))
            .count()
    };
    // Giving a token back is best effort, but nothing stands in its way here.
    let (fetched, revoked) = (tokens(Operation::Token), tokens(Operation::Revoke));
    assert!(
        fetched > 0 && revoked == fetched,
        "{fetched} tokens were fetched, {revoked} given back"
    );
}

pub(super) async fn an_api_key_is_nowhere(mut world: World) {
    let credential = Credential {
        name: Some((
            "MONGODB_ATLAS_PUBLIC_API_KEY",
            "public_key",
            known::PUBLIC_KEY,
        )),
        secret: ("MONGODB_ATLAS_PRIVATE_API_KEY", "private_key"),
        right: known::PRIVATE_KEY,
        wrong: "0b9d8c7e-6f5a-4b3c-8d2e-1f0a9b8c7d6e",
    };
    everything_is_clean(&mut world, &credential).await;
}

/// Goes well and goes wrong with the credential from each source, at TRACE, and looks at everything that a person or a
/// machine could read afterwards.
async fn everything_is_clean(world: &mut World, credential: &Credential) {
    world
        .terraform
        .env_remove("MONGODB_ATLAS_ACCESS_TOKEN")
        .env("TF_LOG", "TRACE");
    let mut traces = Traces::default();
    for source in [Source::Environment, Source::Sensitive, Source::Ephemeral] {
        if source != Source::Ephemeral || world.terraform.host().knows_ephemeral_values() {
            all_that_can_happen(world, credential, source, &mut traces).await;
        }
    }
    traces.of_directory(&world.terraform);
    for seen in ["provider.terraform-provider-atlas", "terraform.tfstate"] {
        assert!(traces.hold(seen), "{seen} is in what was looked at");
    }

    let mut secrets = vec![credential.right.to_owned(), credential.wrong.to_owned()];
    for request in world.requests() {
        // Tokens that were fetched on the way, and the digests that were computed, are as secret.
        if let Some(header) = request.header("authorization") {
            match header.split_once(' ') {
                Some(("Digest", parameters)) => secrets.extend(
                    parameters
                        .split(',')
                        .filter_map(|parameter| parameter.trim().strip_prefix("response="))
                        .map(|response| response.trim_matches('"').to_owned()),
                ),
                Some((_, token)) => secrets.push(token.to_owned()),
                None => secrets.push(header.to_owned()),
            }
        }
        let query = request.query.as_deref().unwrap_or_default();
        traces.add("a URL", format!("{}?{query}", request.path));
    }
    // The places alone: the secret itself stays out of the failure's text.
    assert_eq!(traces.places_of(&secrets), [""; 0]);
}

/// The search itself: what is planted is found, in whatever place and spelling.
pub(super) async fn what_is_planted_is_found(mut world: World) {
    let secret = "planted/secret+of_some~length";
    world.terraform.env("TF_VAR_planted", secret);
    world.write(
        "main.tf",
        r#"
variable "planted" {
  sensitive = true
}
resource "terraform_data" "planted" {
  input = base64encode("ab${var.planted}")
}
output "planted" {
  value = urlencode(nonsensitive(var.planted))
}
"#,
    );
    let mut traces = Traces::default();
    let plan = world.run(&["plan", "-out=planned"]).await;
    let json = world.run(&["show", "-json", "planned"]).await;
    let apply = world.run(&["apply", "planned"]).await;
    assert!(apply.success(), "{plan}{json}{apply}");
    traces.of_plan(&world.terraform, "planned", &json, Some(secret));
    traces.of_directory(&world.terraform);
    traces.of_run(&apply);
    let places = traces.places_of(&[secret.to_owned()]).join(" ");
    for place in [
        "/tfplan",
        "show -json",
        "terraform.tfstate",
        "apply planned",
    ] {
        assert!(
            places.contains(place),
            "nothing was found in {place}: {places}"
        );
    }
}

/// The resource and, where the host knows it, the action: refused for the wrong secret, refused by Atlas, and well.
async fn all_that_can_happen(
    world: &mut World,
    credential: &Credential,
    source: Source,
    traces: &mut Traces,
) {
    let knows_actions = world.terraform.host().knows_actions();
    world.atlas.set_state("orders", "STOPPED");
    world.start_of_orders("");
    if knows_actions {
        world.write("action.tf", &start_action("orders", "orders", ""));
    }

    // An error of the credential itself. There is no state yet, so that it's met by the start and not by a read.
    present(world, credential, source, credential.wrong);
    let mut before = answered(world);
    let mut refused = vec![world.apply_fails().await];
    assert_eq!(new(&mut before, world), (false, true), "{source:?}: apply");
    if knows_actions {
        let invocation = world.run(&INVOKE).await;
        assert_eq!(invocation.status, 1, "{invocation}");
        assert_eq!(new(&mut before, world), (false, true), "{source:?}: action");
        refused.push(invocation);
    }
    for run in &refused {
        assert!(run.says("401"), "{run}");
        traces.of_run(run);
    }
    assert_eq!(world.state_of_orders(), "STOPPED", "nothing was let in");

    present(world, credential, source, credential.right);
    if knows_actions {
        let invocation = world.run(&INVOKE).await;
        assert!(invocation.success(), "{invocation}");
        assert_eq!(new(&mut before, world), (true, false), "{source:?}: action");
        traces.of_run(&invocation);
        world.atlas.set_state("orders", "STOPPED");
    }
    traces.of_run(&world.run(&["plan", "-out=planned"]).await);
    let show = world.run(&["show", "-json", "planned"]).await;
    assert!(show.success() && show.says("planned_values"), "{show}");
    let apply = world.run(&["apply", "planned"]).await;
    assert!(apply.success(), "{apply}");
    assert_eq!(world.state_of_orders(), "STARTED");
    traces.of_run(&apply);
    let variable = (source == Source::Sensitive).then_some(credential.right);
    traces.of_plan(&world.terraform, "planned", &show, variable);
    traces.of_run(&world.plan_is_empty().await);
    // An error of Atlas.
    world.write("wrong.tf", &start("wrong", "no-such-processor", ""));
    traces.of_run(&world.apply_fails().await);
    world.terraform.remove("wrong.tf").unwrap();
    traces.of_directory(&world.terraform);
    traces.of_run(&world.destroy().await);
    assert_eq!(
        new(&mut before, world),
        (true, false),
        "{source:?}: the rest"
    );
}

/// From now on the provider has this secret from this source, and nothing from the other ones.
fn present(world: &mut World, credential: &Credential, source: Source, secret: &'static str) {
    let (variable, argument) = credential.secret;
    let (mut variables, mut arguments) = (String::new(), String::new());
    let all = credential.name.into_iter();
    for (variable, argument, value) in all.chain([(variable, argument, secret)]) {
        let input = format!("TF_VAR_{argument}");
        let (set, unset, mark) = match source {
            Source::Environment => (variable, input.as_str(), None),
            Source::Sensitive => (input.as_str(), variable, Some("sensitive")),
            Source::Ephemeral => (input.as_str(), variable, Some("ephemeral")),
        };
        world.terraform.env(set, value).env_remove(unset);
        if let Some(mark) = mark {
            variables += &format!("variable \"{argument}\" {{\n  {mark} = true\n}}\n");
            arguments += &format!("  {argument} = var.{argument}\n");
        }
    }
    let provider = format!("{variables}provider \"atlas\" {{\n{arguments}}}\n");
    world.write("provider.tf", &provider);
}

/// How many requests with a credential were let in, and how many were answered 401.
fn answered(world: &World) -> (usize, usize) {
    let requests = world.requests();
    let presented = requests
        .iter()
        .filter(|request| request.header("authorization").is_some());
    let (refused, accepted): (Vec<_>, Vec<_>) =
        presented.partition(|request| request.status == Some(401));
    (accepted.len(), refused.len())
}

/// Whether any were let in, and whether any were refused, since `before`.
fn new(before: &mut (usize, usize), world: &World) -> (bool, bool) {
    let now = answered(world);
    let new = (now.0 > before.0, now.1 > before.1);
    *before = now;
    new
}
