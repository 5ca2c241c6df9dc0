//! Puts the duties together: from the cookie to the farewell.

use super::calls::CountCalls;
use super::env::Environment;
use super::gauge::Gauge;
use super::lifecycle::Lifecycle;
use super::listener::{ListenError, Listener};
use super::mtls::{Tls, TlsError};
use super::signals::{Signal, Signals};
use super::{connections, handshake, listener, logging, mtls, reattach, services};
use rustls::ServerConfig;
use std::ffi::OsString;
use std::fmt;
use std::io::stdout;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// How long open calls and streams may hold up the end. The host kills us 2 s after Shutdown.
const GRACE: Duration = Duration::from_millis(200);

/// How long the farewell may take: together with the grace, and with the second that a request in flight gets for its answer when
/// the user interrupts, it stays below 2 s.
const FAREWELL: Duration = Duration::from_millis(700);

/// A gRPC service to be hosted, and what it wants to know of the process around it.
pub struct Plugin {
    /// The service.
    pub routes: Routes,
    /// The provider's source address, by which a host finds it in reattach mode.
    pub address: &'static str,
    /// Tells the calls in flight to end soon, and all that come later to begin nothing. Called once, when a signal, the
    /// host's Shutdown or the host's death ends the process.
    pub on_stop: Arc<dyn Fn() + Send + Sync>,
    /// Run when nothing is served any more, for 0.7 s at most.
    pub farewell: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Plugin")
            .field("routes", &self.routes)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Who starts the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Terraform or OpenTofu, for one run.
    Hosted,
    /// A developer, for many runs (`-debug`): hosts attach, without TLS.
    Reattach,
}

/// Why the provider could not be served.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ServeError(#[from] Inner);

#[derive(Debug, thiserror::Error)]
enum Inner {
    #[error(
        "This program is a provider for Terraform and OpenTofu, which start it when a configuration uses it.\n\
         It does nothing by itself. Run it with --help for what can be done by hand."
    )]
    NotHosted,
    #[error("cannot start the asynchronous runtime")]
    Runtime(#[source] std::io::Error),
    #[error("cannot watch for signals")]
    Signals(#[source] std::io::Error),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("cannot tell the host where to connect: standard output is closed")]
    Announce(#[source] std::io::Error),
    #[error("the gRPC server failed")]
    Server(#[source] tonic::transport::Error),
    #[error("the gRPC server ended though nobody had asked for it")]
    EndedEarly,
}

/// Serves on a runtime of its own until the host, a signal or the host's death ends it.
///
/// One thread is enough: the work is waiting, and the process starts faster.
///
/// # Errors
///
/// As [`serve`], or the system allows no runtime.
pub fn run(plugin: Plugin, mode: Mode) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Inner::Runtime)?;
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(serve(plugin, mode))));
    // A name lookup may block its thread for long; the host does not wait for it, nor for the report of a crash.
    runtime.shutdown_background();
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Serves until the host, a signal or the host's death ends it.
///
/// Must be called on a tokio runtime, whose blocking threads nobody should wait for afterwards: the host does not.
///
/// # Errors
///
/// Nobody started the process as a plugin, there is no socket, TLS was asked for and cannot be had, or the server
/// failed. Nothing has been printed to standard output then, unless the server failed later.
pub async fn serve(plugin: Plugin, mode: Mode) -> Result<(), ServeError> {
    let environment = Environment::of_the_process();
    logging::start(&environment);
    Ok(serve_in(plugin, mode, &environment).await?)
}

async fn serve_in(plugin: Plugin, mode: Mode, environment: &Environment) -> Result<(), Inner> {
    let hosted = mode == Mode::Hosted;
    if hosted && !handshake::started_by_a_host(environment) {
        return Err(Inner::NotHosted);
    }
    // Before the host can know of us: from then on Ctrl-C may come.
    let mut signals = Signals::install(hosted).map_err(Inner::Signals)?;
    let tls = if hosted { tls(environment)? } else { None };
    let listener = listener::bind(environment).await?;
    let address = listener.address()?;

    let lifecycle = Lifecycle {
        shutdown: CancellationToken::new(),
        calls: Gauge::new(),
        connections: Gauge::new(),
        hosted,
        on_stop: plugin.on_stop,
    };
    let counted = plugin
        .routes
        .into_axum_router()
        .layer(CountCalls(lifecycle.calls.clone()));
    let routes = services::add_to(counted.into(), &lifecycle.shutdown).await;
    let config = tls.as_ref().map(|tls| Arc::clone(&tls.config));
    let server = start(routes, listener, config, &lifecycle);

    if hosted {
        if !environment
            .protocol_versions()
            .contains(&handshake::PROTOCOL_VERSION)
        {
            tracing::warn!(offered = ?environment.protocol_versions(), "the host does not offer protocol 6");
        }
        let certificate = tls.as_ref().map(|Tls { certificate, .. }| &**certificate);
        handshake::announce(&mut stdout().lock(), &address, certificate, environment)
            .map_err(Inner::Announce)?;
    } else {
        reattach::instruct(&mut stdout().lock(), plugin.address, &address)
            .map_err(Inner::Announce)?;
    }

    let terminated = async {
        // An interrupt is for the host, which then tells us what to do.
        while signals.next().await == Signal::Interrupt && hosted {}
    };
    until_the_end(server, &lifecycle, terminated, plugin.farewell).await
}

/// Mutual TLS, if the host asks for it.
fn tls(environment: &Environment) -> Result<Option<Tls>, TlsError> {
    let certificate = environment.client_certificate();
    certificate
        .map(|certificate| mtls::mutual_tls(&certificate))
        .transpose()
}

/// The line that a host with these variables would read on standard output. Nothing is opened and nobody listens: this is for
/// trying out environments.
///
/// # Errors
///
/// As [`serve`]: nobody started the process as a plugin, no socket could be where it is wanted, or TLS was asked for and cannot
/// be had.
pub fn rehearse<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Result<Vec<u8>, ServeError>
where
    N: Into<OsString>,
    V: Into<OsString>,
{
    Ok(rehearse_in(&variables.into_iter().collect())?)
}

fn rehearse_in(environment: &Environment) -> Result<Vec<u8>, Inner> {
    if !handshake::started_by_a_host(environment) {
        return Err(Inner::NotHosted);
    }
    logging::level_of(environment);
    let tls = tls(environment)?;
    let address = listener::address_in(environment)?;
    let certificate = tls.as_ref().map(|Tls { certificate, .. }| &**certificate);
    let mut line = Vec::new();
    handshake::announce(&mut line, &address, certificate, environment).map_err(Inner::Announce)?;
    Ok(line)
}

/// What becomes of the server.
type Server = JoinHandle<Result<(), tonic::transport::Error>>;

/// Serves until Shutdown. Accepting is part of the same task: without it there is nothing to serve.
fn start(
    routes: Routes,
    listener: Listener,
    tls: Option<Arc<ServerConfig>>,
    lifecycle: &Lifecycle,
) -> Server {
    let (incoming, accepting) = connections::accept(listener, tls, lifecycle.connections.clone());
    let serving = tonic::transport::Server::builder().serve_with_incoming_shutdown(
        routes,
        incoming,
        lifecycle.shutdown.clone().cancelled_owned(),
    );
    tokio::spawn(async move { tokio::join!(serving, accepting).0 })
}

/// Waits until the process is to end, lets the calls in flight end, and says farewell.
async fn until_the_end(
    mut server: Server,
    lifecycle: &Lifecycle,
    terminated: impl Future<Output = ()>,
    farewell: impl Future<Output = ()>,
) -> Result<(), Inner> {
    let (mut ended, mut early) = (None, false);
    let over = async {
        tokio::select! {
            outcome = &mut server => {
                early = !lifecycle.shutdown.is_cancelled();
                ended = Some(outcome);
            }
            () = terminated => tracing::info!("a signal asks the provider to end"),
        }
    };
    lifecycle.end(over).await;
    // Ends the streams that are only held open, and with them the server if no call is in flight.
    lifecycle.shutdown.cancel();
    let last_words = async {
        if ended.is_none() {
            ended = Some((&mut server).await);
        }
        lifecycle.calls.emptied().await;
        // A call is over when its answer is handed over; where the server crashed, nobody else waits until it is sent.
        lifecycle.connections.emptied().await;
    };
    let _ = tokio::time::timeout(GRACE, last_words).await;
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
    match ended.map(|outcome| outcome.map_err(JoinError::try_into_panic)) {
        // The program's guard reports it as the crash that it is.
        Some(Err(Ok(panic))) => resume_unwind(panic),
        Some(Ok(Err(error))) => Err(Inner::Server(error)),
        Some(Ok(Ok(())) | Err(Err(_))) if early => Err(Inner::EndedEarly),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    fn lifecycle() -> Lifecycle {
        Lifecycle {
            shutdown: CancellationToken::new(),
            calls: Gauge::new(),
            connections: Gauge::new(),
            hosted: true,
            on_stop: Arc::new(|| {}),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_while_accepting_becomes_the_programs_own() {
        let lifecycle = lifecycle();
        let server = start(Routes::default(), Listener::Broken, None, &lifecycle);
        // A call in flight still has its time, and its answer the time to be sent.
        let (call, connection) = (lifecycle.calls.enter(), lifecycle.connections.enter());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(call);
            tokio::time::sleep(GRACE / 2).await;
            drop(connection);
        });
        let began = tokio::time::Instant::now();
        let program =
            tokio::spawn(
                async move { until_the_end(server, &lifecycle, pending(), ready(())).await },
            );
        assert!(program.await.unwrap_err().is_panic());
        let sent = Duration::from_secs(3) + GRACE / 2;
        assert!(began.elapsed() >= sent && began.elapsed() < sent + GRACE / 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_ends_unasked_is_an_error() {
        let (server, lifecycle) = (tokio::spawn(ready(Ok(()))), lifecycle());
        let ended = until_the_end(server, &lifecycle, pending(), ready(()));
        assert!(matches!(ended.await, Err(Inner::EndedEarly)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_ends_after_shutdown_or_a_signal_ends_well() {
        for asked_by_a_signal in [false, true] {
            let lifecycle = lifecycle();
            let shutdown = lifecycle.shutdown.clone();
            let server = tokio::spawn(async move {
                shutdown.cancelled().await;
                Ok(())
            });
            let terminated = async {
                if !asked_by_a_signal {
                    lifecycle.shutdown.cancel();
                    pending::<()>().await;
                }
            };
            let ended = until_the_end(server, &lifecycle, terminated, ready(()));
            assert!(ended.await.is_ok());
        }
    }
}
