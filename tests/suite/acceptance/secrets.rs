//! Secrets: whatever the credential, right or wrong, it is in no output, no log at TRACE, no plan and no state.

use atlas_simulator::{Operation, known};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use plugin_host::terraform::{Run, Workdir};

use super::action::INVOKE;
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
    Block,
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

/// Goes well and goes wrong with the credential, once from the environment and once from the block, at TRACE, and
/// looks at everything that a person or a machine could read afterwards.
async fn everything_is_clean(world: &mut World, credential: &Credential) {
    world
        .terraform
        .env_remove("MONGODB_ATLAS_ACCESS_TOKEN")
        .env("TF_LOG", "TRACE");
    let mut seen = String::new();
    for source in [Source::Environment, Source::Block] {
        for run in all_that_can_happen(world, credential, source).await {
            seen.push_str(&run.to_string());
        }
        seen.push_str(&files(&world.terraform));
    }
    seen.push_str(&world.terraform.log());
    assert!(
        seen.contains("provider.terraform-provider-atlas"),
        "the log has the provider's lines"
    );

    let mut forbidden = [spellings(credential.right), spellings(credential.wrong)].concat();
    for request in world.requests() {
        // Tokens that were fetched on the way, and the digests that were computed, are as secret.
        if let Some(header) = request.header("authorization") {
            match header.split_once(' ') {
                Some(("Digest", parameters)) => forbidden.extend(
                    parameters
                        .split(',')
                        .filter_map(|parameter| parameter.trim().strip_prefix("response="))
                        .map(|response| response.trim_matches('"').to_owned()),
                ),
                Some((_, token)) => forbidden.push(token.to_owned()),
                None => forbidden.push(header.to_owned()),
            }
        }
    }
    forbidden.sort();
    forbidden.dedup();
    for spelling in forbidden {
        // The spelling itself stays out of the failure's text.
        assert!(
            !seen.contains(&spelling),
            "a secret of {} characters is in an output, a log or the state",
            spelling.len()
        );
    }
}

/// The resource and, where the host knows it, the action: refused for the wrong secret, refused by Atlas, and well.
async fn all_that_can_happen(
    world: &mut World,
    credential: &Credential,
    source: Source,
) -> Vec<Run> {
    let mut runs = Vec::new();
    let knows_actions = world.terraform.host().knows_actions();
    world.atlas.set_state("orders", "STOPPED");
    world.start_of_orders("");
    if knows_actions {
        world.write("action.tf", &start_action("orders", "orders", ""));
    }

    // An error of the credential itself. There is no state yet, so that it's met by the start and not by a read.
    present(world, credential, source, credential.wrong);
    let mut before = answered(world);
    runs.push(world.apply_fails().await);
    assert_eq!(new(&mut before, world), (false, true), "{source:?}: apply");
    if knows_actions {
        let invocation = world.run(&INVOKE).await;
        assert_eq!(invocation.status, 1, "{invocation}");
        assert_eq!(new(&mut before, world), (false, true), "{source:?}: action");
        runs.push(invocation);
    }
    for run in &runs {
        assert!(run.says("401"), "{run}");
    }
    assert_eq!(world.state_of_orders(), "STOPPED", "nothing was let in");

    present(world, credential, source, credential.right);
    if knows_actions {
        let invocation = world.run(&INVOKE).await;
        assert!(invocation.success(), "{invocation}");
        assert_eq!(new(&mut before, world), (true, false), "{source:?}: action");
        runs.push(invocation);
        world.atlas.set_state("orders", "STOPPED");
    }
    if source == Source::Environment {
        // What is in the block is in a saved plan, which holds the configuration as it is written.
        runs.push(world.run(&["plan", "-out=planned"]).await);
        let show = world.run(&["show", "-json", "planned"]).await;
        assert!(show.success() && show.says("planned_values"), "{show}");
        runs.push(show);
    }
    runs.push(world.apply().await);
    runs.push(world.plan_is_empty().await);
    // An error of Atlas.
    world.write("wrong.tf", &start("wrong", "no-such-processor", ""));
    runs.push(world.apply_fails().await);
    world.terraform.remove("wrong.tf").unwrap();
    runs.push(world.destroy().await);
    assert_eq!(
        new(&mut before, world),
        (true, false),
        "{source:?}: the rest"
    );
    runs
}

/// From now on the provider has this secret from this source, and nothing from the other one.
fn present(world: &mut World, credential: &Credential, source: Source, secret: &'static str) {
    let (variable, argument) = credential.secret;
    let mut block = String::from("provider \"atlas\" {\n");
    for (variable, argument, value) in credential
        .name
        .into_iter()
        .chain([(variable, argument, secret)])
    {
        match source {
            Source::Environment => {
                world.terraform.env(variable, value);
            }
            Source::Block => {
                world.terraform.env_remove(variable);
                block.push_str(&format!("  {argument} = \"{value}\"\n"));
            }
        }
    }
    world.write("provider.tf", &(block + "}\n"));
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

/// All state, plan and lock files: whatever a run has left, the configuration aside.
fn files(workdir: &Workdir) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(workdir.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.extension().is_none_or(|extension| extension != "tf") {
            text.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
        }
    }
    text
}

/// The secret as it is, percent-encoded, and inside base64 at each of the three places where it can begin.
fn spellings(secret: &str) -> Vec<String> {
    let percent: String = secret
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let mut spellings = vec![secret.to_owned(), percent];
    for skipped in 0..3 {
        // What comes before shifts the encoding; the characters that depend on neighbours are left out.
        let shifted: Vec<u8> = [vec![b' '; skipped], secret.as_bytes().to_vec()].concat();
        let whole = shifted.len() / 3 * 3;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&shifted[..whole]);
            spellings.push(encoded[if skipped == 0 { 0 } else { 4 }..].to_owned());
        }
    }
    spellings.sort();
    spellings.dedup();
    spellings
}
