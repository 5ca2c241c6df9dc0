//! Secrets: whatever the credential, it is in no output, no log at TRACE, no plan and no state.

use atlas_simulator::{Operation, known};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use plugin_host::terraform::Workdir;

use super::world::World;

pub(super) async fn an_access_token_is_nowhere(mut world: World) {
    let secrets = [("MONGODB_ATLAS_ACCESS_TOKEN", known::ACCESS_TOKEN)];
    everything_is_clean(
        &mut world,
        &secrets,
        &format!("access_token = \"{}\"", known::ACCESS_TOKEN),
        known::ACCESS_TOKEN,
    )
    .await;
}

pub(super) async fn a_service_account_is_nowhere(mut world: World) {
    let secrets = [
        ("MONGODB_ATLAS_CLIENT_ID", known::CLIENT_ID),
        ("MONGODB_ATLAS_CLIENT_SECRET", known::CLIENT_SECRET),
    ];
    let block = format!(
        "client_id     = \"{}\"\n  client_secret = \"{}\"",
        known::CLIENT_ID,
        known::CLIENT_SECRET
    );
    everything_is_clean(&mut world, &secrets, &block, known::CLIENT_SECRET).await;
    // Giving a token back is best effort, but it is made.
    let (fetched, revoked) = (
        world.atlas.calls(Operation::Token),
        world.atlas.calls(Operation::Revoke),
    );
    assert!(
        (1..=fetched).contains(&revoked),
        "{fetched} tokens were fetched, {revoked} given back"
    );
}

pub(super) async fn an_api_key_is_nowhere(mut world: World) {
    let secrets = [
        ("MONGODB_ATLAS_PUBLIC_API_KEY", known::PUBLIC_KEY),
        ("MONGODB_ATLAS_PRIVATE_API_KEY", known::PRIVATE_KEY),
    ];
    let block = format!(
        "public_key  = \"{}\"\n  private_key = \"{}\"",
        known::PUBLIC_KEY,
        known::PRIVATE_KEY
    );
    everything_is_clean(&mut world, &secrets, &block, known::PRIVATE_KEY).await;
}

/// Goes well and goes wrong with the credential, once from the environment and once from the block, at TRACE, and
/// looks at everything that a person or a machine could read afterwards.
async fn everything_is_clean(
    world: &mut World,
    variables: &[(&str, &str)],
    block: &str,
    secret: &str,
) {
    world
        .terraform
        .env_remove("MONGODB_ATLAS_ACCESS_TOKEN")
        .env("TF_LOG", "TRACE");
    let mut seen = String::new();
    for source in ["environment", "block"] {
        if source == "environment" {
            for (name, value) in variables {
                world.terraform.env(*name, *value);
            }
            world.write("provider.tf", "provider \"atlas\" {}\n");
        } else {
            for (name, _) in variables {
                world.terraform.env_remove(name);
            }
            world.write(
                "provider.tf",
                &format!("provider \"atlas\" {{\n  {block}\n}}\n"),
            );
        }
        world.atlas.set_state("orders", "STOPPED");
        world.start_of_orders("");
        let apply = world.apply().await;
        let plan = world.plan_is_empty().await;
        // An error of Atlas; then one of the credential itself.
        world.write(
            "wrong.tf",
            &super::world::start("wrong", "no-such-processor", ""),
        );
        let refused = world.apply_fails().await;
        world.terraform.remove("wrong.tf").unwrap();
        let destroy = world.destroy().await;
        for run in [apply, plan, refused, destroy] {
            seen.push_str(&run.to_string());
        }
        assert!(!world.requests().is_empty(), "the credential was used");
    }
    seen.push_str(&world.terraform.log());
    assert!(
        seen.contains("provider.terraform-provider-atlas"),
        "the log has the provider's lines"
    );
    seen.push_str(&files(&world.terraform));

    let mut forbidden = spellings(secret);
    let mut presented = 0;
    for request in world.requests() {
        // Tokens that were fetched on the way, and the digests that were computed, are as secret.
        if let Some(header) = request
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok())
        {
            presented += 1;
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
    assert!(presented > 0, "no request carried an Authorization header");
    for spelling in forbidden {
        // The spelling itself stays out of the failure's text.
        assert!(
            !seen.contains(&spelling),
            "a secret of {} characters is in an output, a log or the state",
            spelling.len()
        );
    }
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
