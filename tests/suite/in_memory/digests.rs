//! An API key before every Digest that Atlas might have: however it challenges, whatever it does with nonces, an apply goes through.

use std::time::Duration;

use atlas_simulator::{Algorithm, Challenge, DigestSettings, Recorded};
use itertools::iproduct;
use terraform_provider_atlas::framework::Value;

use super::terraform::Terraform;
use super::words::{API_KEY, NAME, applied, starting_for};

const CHALLENGES: [Challenge; 6] = [
    Challenge::Qop,
    Challenge::Op,
    Challenge::NoQop,
    Challenge::QuotedAlgorithm,
    Challenge::BesideBearer,
    Challenge::BothAlgorithms,
];

/// A nonce that outlives the apply, and one that does not outlive most pauses between two looks.
const LIFETIMES: [Duration; 2] = [Duration::from_secs(300), Duration::from_millis(500)];

#[tokio::test(start_paused = true)]
async fn an_apply_goes_through_whatever_digest_is_like() {
    for (algorithm, challenge, nonce_lifetime) in
        iproduct!([Algorithm::Md5, Algorithm::Sha256], CHALLENGES, LIFETIMES)
    {
        for (single_use, stale_flag) in [(false, false), (false, true), (true, false), (true, true)]
        {
            goes_through(DigestSettings {
                challenge,
                algorithm,
                nonce_lifetime,
                stale_flag,
                single_use,
            })
            .await;
        }
    }
}

async fn goes_through(digest: DigestSettings) {
    let mut terraform = Terraform::with_processor("STOPPED");
    terraform.caller = API_KEY;
    terraform.atlas.settings(|settings| {
        settings.digest = digest.clone();
        settings.start = starting_for(20);
    });
    let (errors, warnings) = applied(&mut terraform).await;
    let nothing = Vec::<String>::new();
    assert_eq!((errors, warnings), (nothing.clone(), nothing), "{digest:?}");
    assert_eq!(terraform.state(), Value::from("STARTED"), "{digest:?}");
    let atlas = &terraform.atlas;
    assert_eq!(atlas.starts(NAME).len(), 1, "{digest:?}");

    let (refused, served): (Vec<_>, Vec<_>) = atlas
        .record()
        .into_iter()
        .partition(|request| request.status == Some(401));
    assert!(
        served.len() > 3,
        "it was waited for: {digest:?} {served:#?}"
    );
    let needed = nonces_needed(&digest, &served);
    assert_eq!(
        (refused.len(), atlas.challenges()),
        (needed, needed as u64),
        "{digest:?}"
    );
}

/// A request needs a challenge where there is no nonce yet, or the one there was is used up or too old.
fn nonces_needed(digest: &DigestSettings, served: &[Recorded]) -> usize {
    let (mut needed, mut dies) = (0, Duration::ZERO);
    for request in served {
        if needed == 0 || digest.single_use || request.at >= dies {
            needed += 1;
            dies = request.at + digest.nonce_lifetime;
        }
    }
    needed
}
