//! Accepts connections, and lets in those that prove to come from the host.

use super::gauge::{Entered, Gauge};
use super::listener::{Listener, Stream};
use rustls::ServerConfig;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

/// A peer that has not proved anything by then is sent away.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

/// Peers that may be in the middle of a handshake at the same time.
const HANDSHAKES: usize = 64;

/// How long to wait after a failed accept: with no file descriptor left it would fail again at once.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);

/// A connection that may call us.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    _entered: Entered,
}

/// The connections, and the work that accepts them until they are dropped. A panic in it is its runner's. `admitted`
/// counts the connections that are open and may call.
pub(crate) fn accept(
    listener: Listener,
    tls: Option<Arc<ServerConfig>>,
    admitted: Gauge,
) -> (
    ReceiverStream<io::Result<Connection>>,
    impl Future<Output = ()> + Send,
) {
    let (sender, receiver) = mpsc::channel(1);
    let acceptor = tls.map(TlsAcceptor::from);
    let work = async move {
        tokio::select! {
            () = accept_all(&listener, acceptor, &admitted, &sender) => {}
            () = sender.closed() => {}
        }
    };
    (ReceiverStream::new(receiver), work)
}

async fn accept_all(
    listener: &Listener,
    acceptor: Option<TlsAcceptor>,
    admitted: &Gauge,
    sender: &mpsc::Sender<io::Result<Connection>>,
) {
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    loop {
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(&handshakes).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                continue;
            }
        };
        let (acceptor, admitted, sender) = (acceptor.clone(), admitted.clone(), sender.clone());
        tokio::spawn(async move {
            let stream = admit(stream, acceptor).await;
            drop(permit);
            if let Some(stream) = stream {
                let _ = sender
                    .send(Ok(Connection {
                        stream,
                        _entered: admitted.enter(),
                    }))
                    .await;
            }
        });
    }
}

async fn admit(stream: Box<dyn Stream>, acceptor: Option<TlsAcceptor>) -> Option<Box<dyn Stream>> {
    let Some(acceptor) = acceptor else {
        return Some(stream);
    };
    match tokio::time::timeout(HANDSHAKE_LIMIT, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(Box::new(stream)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a peer was refused: it did not prove to be the host that started this process");
            None
        }
        Err(_) => {
            tracing::warn!(limit = ?HANDSHAKE_LIMIT, "a peer was refused: it did not finish its TLS handshake in time");
            None
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::super::mtls;
    use super::*;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_says_nothing_is_sent_away() {
        let host = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let tls = mtls::mutual_tls(&host.cert.pem()).unwrap();
        let (ours, _silent) = tokio::io::duplex(1024);
        let began = Instant::now();
        assert!(
            admit(Box::new(ours), Some(tls.config.into()))
                .await
                .is_none()
        );
        assert_eq!(began.elapsed(), HANDSHAKE_LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn without_tls_everybody_is_admitted() {
        let (ours, _theirs) = tokio::io::duplex(1024);
        assert!(admit(Box::new(ours), None).await.is_some());
    }
}
