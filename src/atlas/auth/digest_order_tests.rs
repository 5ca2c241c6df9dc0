//! In which order calls beside one another use a nonce that was just fetched.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::super::super::{Credentials, Settings, testing::*};

#[tokio::test(start_paused = true)]
async fn a_fresh_nonce_is_nobody_elses_before_it_was_spent() {
    let challenge = r#"Digest realm="r", nonce="n", algorithm=MD5, qop="auth""#;
    let number = AtomicUsize::new(0);
    let script = Script::by(move |_| match number.fetch_add(1, Ordering::Relaxed) {
        0 => answer(401, &[("www-authenticate", challenge)], ""),
        1 => started().after(Duration::from_secs(1)),
        _ => started(),
    });
    let settings = Settings {
        credentials: Some(Credentials::ApiKey {
            public_key: "abcdefgh".to_owned(),
            private_key: "11111111-2222-3333-4444-555555555555".into(),
        }),
        ..settings()
    };
    let client = Arc::new(client(settings, &script));
    let context = context(Duration::from_secs(60));
    let path = path();
    let (first, second) = tokio::join!(
        client.description(&path, &context),
        client.description(&path, &context),
    );
    first.unwrap();
    second.unwrap();
    let times = script.times();
    assert_eq!(times.len(), 3);
    // A server whose nonces are good for one use would take the other's for this one's.
    assert!(times[2] - times[1] >= Duration::from_secs(1), "{times:?}");
}
