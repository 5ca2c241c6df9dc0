//! Accepts connections, and lets in those that prove to come from the host.

use super::gauge::{Entered, Gauge};
use super::listener::{Listener, Stream};
use rustls::ServerConfig;
use std::collections::VecDeque;
use std::io::{self, Cursor, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

/// A peer that has not proved anything by then is sent away.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

/// Peers that may be at the door at the same time; each holds a file descriptor and some memory.
const AT_THE_DOOR: usize = 64;

/// How every connection begins that speaks HTTP/2 without TLS (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

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
    let mut newcomers = Newcomers::default();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(stream) => newcomers.meet(stream, acceptor.clone()),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            },
            Some(stream) = newcomers.next_admitted() => {
                let connection = Connection {
                    stream,
                    _entered: admitted.enter(),
                };
                let _ = sender.send(Ok(connection)).await;
            }
        }
    }
}

/// Those at the door. There is room for one more at any time: whoever has been there longest makes it. The host is done
/// within milliseconds, so that others, however many they are and however long they stay, cannot keep it out.
#[derive(Default)]
struct Newcomers {
    meetings: JoinSet<Option<Box<dyn Stream>>>,
    in_order: VecDeque<AbortHandle>,
}

impl Newcomers {
    fn meet(&mut self, stream: Box<dyn Stream>, acceptor: Option<TlsAcceptor>) {
        self.in_order.retain(|meeting| !meeting.is_finished());
        if self.in_order.len() >= AT_THE_DOOR
            && let Some(longest) = self.in_order.pop_front()
        {
            longest.abort();
            tracing::warn!(
                limit = AT_THE_DOOR,
                "a peer was refused: it made room for others before it had proved to be the host"
            );
        }
        let meeting = self.meetings.spawn(admit(stream, acceptor));
        self.in_order.push_back(meeting);
    }

    /// The next that may call us; none while nobody is at the door.
    async fn next_admitted(&mut self) -> Option<Box<dyn Stream>> {
        while let Some(ended) = self.meetings.join_next().await {
            if let Ok(Some(stream)) = ended {
                return Some(stream);
            }
        }
        None
    }
}

/// The connection, once its peer has proved to be the host; without TLS, to speak a host's language.
async fn admit(stream: Box<dyn Stream>, acceptor: Option<TlsAcceptor>) -> Option<Box<dyn Stream>> {
    let proof = async {
        match acceptor {
            Some(acceptor) => Ok(Box::new(acceptor.accept(stream).await?) as Box<dyn Stream>),
            None => begins_http2(stream).await,
        }
    };
    match tokio::time::timeout(HANDSHAKE_LIMIT, proof).await {
        Ok(Ok(stream)) => Some(stream),
        // A host that attaches looks first whether anybody is there at all.
        Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
            tracing::debug!(%error, "a peer went away before it had proved to be the host");
            None
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "a peer was refused: it did not prove to be the host that started this process");
            None
        }
        Err(_) => {
            tracing::warn!(limit = ?HANDSHAKE_LIMIT, "a peer was refused: it did not prove in time to be the host");
            None
        }
    }
}

/// Without TLS anybody may call, but who says nothing must not pass for a host: it would keep the process alive.
async fn begins_http2(mut stream: Box<dyn Stream>) -> io::Result<Box<dyn Stream>> {
    let mut begun = [0; PREFACE.len()];
    stream.read_exact(&mut begun).await?;
    if begun != PREFACE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not HTTP/2"));
    }
    let (reader, writer) = tokio::io::split(stream);
    let again = Cursor::new(begun).chain(reader);
    Ok(Box::new(tokio::io::join(again, writer)))
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
    use tokio::io::{AsyncWriteExt as _, DuplexStream};
    use tokio::time::Instant;

    fn tls() -> TlsAcceptor {
        let host = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        mtls::mutual_tls(&host.cert.pem()).unwrap().config.into()
    }

    /// Both ends of a connection.
    fn connection() -> (Box<dyn Stream>, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(1024);
        (Box::new(ours), theirs)
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_says_nothing_is_sent_away() {
        for acceptor in [Some(tls()), None] {
            let (ours, _silent) = connection();
            let began = Instant::now();
            assert!(admit(ours, acceptor).await.is_none());
            assert_eq!(began.elapsed(), HANDSHAKE_LIMIT);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_tls_who_speaks_http2_is_admitted_and_nothing_it_said_is_lost() {
        for (said, admitted) in [
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n and more", true),
            ("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", false),
            ("PRI * HTTP/2.0", false),
        ] {
            let (ours, mut theirs) = connection();
            theirs.write_all(said.as_bytes()).await.unwrap();
            drop(theirs);
            let stream = admit(ours, None).await;
            assert_eq!(stream.is_some(), admitted, "{said}");
            if let Some(mut stream) = stream {
                let mut heard = String::new();
                stream.read_to_string(&mut heard).await.unwrap();
                assert_eq!(heard, said);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_been_at_the_door_longest_makes_room_for_the_next() {
        let mut newcomers = Newcomers::default();
        let mut theirs = Vec::new();
        for _ in 0..AT_THE_DOOR + 3 {
            let (ours, silent) = connection();
            newcomers.meet(ours, None);
            theirs.push(silent);
        }
        // The next proves at once what he is, while all the others hang on.
        let (ours, mut host) = connection();
        newcomers.meet(ours, None);
        host.write_all(PREFACE).await.unwrap();
        let began = Instant::now();
        assert!(newcomers.next_admitted().await.is_some());
        assert!(began.elapsed() < HANDSHAKE_LIMIT);
        let mut gone = Vec::new();
        for theirs in &mut theirs {
            gone.push(theirs.write_all(b"x").await.is_err());
        }
        let (longest, others) = gone.split_at(4);
        assert_eq!(longest, [true; 4]);
        assert_eq!(others, vec![false; others.len()]);
    }
}
