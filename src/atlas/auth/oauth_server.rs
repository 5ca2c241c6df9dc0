//! A server in memory, for the tests of service accounts, that issues, counts and forgets tokens.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use super::super::testing::*;

/// A server that accepts only the newest token it has issued.
pub(super) struct Server {
    pub(super) issued: u32,
    pub(super) valid: bool,
    life: u64,
    /// Every request with a token is refused, as for a missing role.
    pub(super) refuses: bool,
}

pub(super) type Shared = Arc<Mutex<Server>>;

pub(super) fn server() -> Shared {
    Arc::new(Mutex::new(Server {
        issued: 0,
        valid: true,
        life: 3_600,
        refuses: false,
    }))
}

pub(super) fn served(server: &Shared) -> Arc<Script> {
    let server = server.clone();
    Script::by(move |request| {
        let mut server = server.lock().unwrap();
        let given = request.headers["authorization"].to_str().unwrap();
        let step = match request.url.path() {
            "/api/oauth/token" => {
                server.issued += 1;
                server.valid = true;
                answer(
                    200,
                    &[],
                    format!(
                        r#"{{"access_token":"jwt-number-{}","expires_in":{},"token_type":"Bearer"}}"#,
                        server.issued, server.life
                    ),
                )
            }
            "/api/oauth/revoke" => answer(200, &[], ""),
            _ if server.valid
                && !server.refuses
                && given == format!("Bearer jwt-number-{}", server.issued) =>
            {
                started()
            }
            _ => answer(
                401,
                &[],
                r#"{"error":401,"reason":"Unauthorized","detail":"You are not authorized for this resource."}"#,
            ),
        };
        step.after(Duration::from_millis(20))
    })
}
