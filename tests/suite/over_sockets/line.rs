//! The line between a provider and the simulator, which can be cut in the ways in which only a real one can.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use atlas_simulator::{Operation, Outcome, Recorded, Simulator};
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::Instant;

use super::certificates::Certificates;
use super::{http1, http2};

/// What is spoken on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Plain,
    Tls,
    Http2,
}

/// How it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nobody listens.
    Refused,
    /// A certificate of nobody whom anybody trusts.
    Untrusted,
    /// A trusted certificate of another host.
    WrongName,
    /// HTTP where TLS was asked for.
    PlainAnswer,
    /// Closed in the middle of the handshake.
    HandshakeCutOff,
    /// Silent in the middle of the handshake.
    HandshakeSilent,
    /// Closed after the request, which goes no further.
    ClosedBefore,
    /// Closed after the request, which takes effect.
    ClosedAfter,
    /// The request takes effect; the head of its answer comes a byte at a time.
    DrippingHead,
    /// The request takes effect; its answer breaks off in the head.
    TruncatedHead,
    /// Each connection is closed as soon as its first answer is out, without a word: whoever uses it again may be too late.
    ClosedIdle,
    /// The stream is refused (REFUSED_STREAM), as one that was never looked at; it took effect or not.
    StreamRefused { processed: bool },
    /// The stream is broken off (INTERNAL_ERROR).
    StreamReset { processed: bool },
    /// GOAWAY while the request is under way, which says that it was not looked at; it took effect or not.
    GoAway { processed: bool },
    /// Half of the body, then the stream is broken off.
    StreamTruncated,
    /// No answer, ever.
    StreamSilent,
}

impl Cut {
    /// Whether it strikes a connection when it is made, and not a request on one.
    pub(super) fn is_of_connections(self) -> bool {
        matches!(
            self,
            Self::Refused
                | Self::Untrusted
                | Self::WrongName
                | Self::PlainAnswer
                | Self::HandshakeCutOff
                | Self::HandshakeSilent
        )
    }
}

/// What is going to be cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Armed {
    pub(super) cut: Cut,
    pub(super) operation: Operation,
    /// Requests for this operation, or connections, that are let through before.
    pub(super) before: u32,
    pub(super) times: u32,
}

impl Armed {
    fn strikes(&mut self) -> bool {
        if self.before > 0 {
            self.before -= 1;
            return false;
        }
        let strikes = self.times > 0;
        self.times = self.times.saturating_sub(1);
        strikes
    }
}

/// One line, to one simulator.
pub(super) struct Line {
    pub(super) atlas: Simulator,
    epoch: Instant,
    wire: Wire,
    certificates: Arc<Certificates>,
    /// Keeps the port while nobody listens on it.
    _port: TcpSocket,
    address: SocketAddr,
    inner: Mutex<Inner>,
    /// Requests that arrived here and went no further.
    pub(super) lost: Arc<Mutex<Vec<Recorded>>>,
    /// What was said to somebody who is not Atlas.
    pub(super) heard_elsewhere: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Inner {
    listener: Option<TcpListener>,
    waker: Option<Waker>,
    armed: Option<Armed>,
    was_cut: bool,
}

impl Line {
    pub(super) fn new(
        atlas: Simulator,
        epoch: Instant,
        wire: Wire,
        certificates: Arc<Certificates>,
    ) -> io::Result<Arc<Self>> {
        let port = socket()?;
        port.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = port.local_addr()?;
        let line = Arc::new(Self {
            atlas,
            epoch,
            wire,
            certificates,
            _port: port,
            address,
            inner: Mutex::default(),
            lost: Arc::default(),
            heard_elsewhere: Arc::default(),
        });
        line.listen();
        tokio::spawn(Arc::clone(&line).serve());
        Ok(line)
    }

    pub(super) fn base_url(&self) -> String {
        let port = self.address.port();
        match self.wire {
            Wire::Plain => format!("http://127.0.0.1:{port}"),
            Wire::Tls | Wire::Http2 => format!("https://localhost:{port}"),
        }
    }

    /// From now on, this is cut.
    pub(super) fn arm(self: &Arc<Self>, armed: Armed) {
        self.inner().armed = Some(armed);
        if armed.cut == Cut::Refused && armed.before == 0 {
            self.refuse();
        }
    }

    /// Nobody listens any more, or for a while.
    fn refuse(self: &Arc<Self>) {
        let mut inner = self.inner();
        inner.listener = None;
        inner.was_cut = true;
        let Some(armed) = &mut inner.armed else {
            return;
        };
        if armed.times != u32::MAX {
            armed.times = 0;
            let line = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(600)).await;
                line.listen();
            });
        }
    }

    /// Whether anything was cut so far.
    pub(super) fn was_cut(&self) -> bool {
        self.inner().was_cut
    }

    /// From now on, nothing is.
    pub(super) fn mend(&self) {
        self.inner().armed = None;
        self.listen();
    }

    fn listen(&self) {
        let mut inner = self.inner();
        if inner.listener.is_none() {
            let socket = socket().expect("a socket");
            socket.bind(self.address).expect("the port is ours");
            inner.listener = Some(socket.listen(64).expect("it listens"));
        }
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self: Arc<Self>) {
        loop {
            let accepted = std::future::poll_fn(|context| {
                let mut inner = self.inner();
                inner.waker = Some(context.waker().clone());
                match &inner.listener {
                    Some(listener) => listener.poll_accept(context),
                    None => Poll::Pending,
                }
            });
            if let Ok((stream, _)) = accepted.await {
                let _ = stream.set_nodelay(true);
                let struck = self.struck_connection();
                tokio::spawn(Arc::clone(&self).connection(stream, struck));
            }
        }
    }

    /// What strikes the connection that was just made; where the next ones are to be refused, nobody listens any more.
    fn struck_connection(self: &Arc<Self>) -> Option<Cut> {
        let mut inner = self.inner();
        let armed = inner.armed.as_mut()?;
        if !armed.cut.is_of_connections() {
            return None;
        }
        if armed.cut != Cut::Refused {
            let struck = armed.strikes().then_some(armed.cut);
            inner.was_cut |= struck.is_some();
            return struck;
        }
        armed.before = armed.before.saturating_sub(1);
        if armed.before == 0 && armed.times > 0 {
            drop(inner);
            self.refuse();
        }
        None
    }

    /// What strikes a request that has just arrived.
    pub(super) fn strikes(&self, operation: Operation) -> Option<Cut> {
        let mut inner = self.inner();
        let armed = inner.armed.as_mut()?;
        let meant = armed.operation == operation && !armed.cut.is_of_connections();
        let struck = meant && armed.strikes();
        let cut = armed.cut;
        inner.was_cut |= struck;
        // That strikes between the requests.
        (struck && cut != Cut::ClosedIdle).then_some(cut)
    }

    /// What is done with a connection after each answer: `None` where it is kept; whether that is said.
    pub(super) fn closes(&self) -> Option<bool> {
        let mut inner = self.inner();
        let armed = inner.armed?;
        match armed.cut {
            Cut::ClosedIdle => {
                // What is sent into the closing is lost, and never seen here.
                inner.was_cut = true;
                Some(false)
            }
            // So that each request makes a connection of its own.
            cut => cut.is_of_connections().then_some(true),
        }
    }

    async fn connection(self: Arc<Self>, mut stream: TcpStream, struck: Option<Cut>) {
        let tls = match struck {
            None if self.wire == Wire::Plain => return http1::serve(&self, stream).await,
            None if self.wire == Wire::Tls => &self.certificates.http1,
            None => &self.certificates.http2,
            Some(Cut::Untrusted) => &self.certificates.untrusted,
            Some(Cut::WrongName) => &self.certificates.of_another_host,
            Some(cut) => {
                let mut some = [0; 16];
                let _ = stream.read(&mut some).await;
                match cut {
                    Cut::PlainAnswer => {
                        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                    }
                    Cut::HandshakeSilent => tokio::time::sleep(Duration::from_secs(20)).await,
                    _ => {}
                }
                return;
            }
        };
        let Ok(stream) = tls.accept(stream).await else {
            return;
        };
        match (struck, self.wire) {
            (Some(_), _) => self.is_heard(stream).await,
            (None, Wire::Http2) => http2::serve(&self, stream).await,
            (None, _) => http1::serve(&self, stream).await,
        }
    }

    /// Somebody trusts whom nobody should, and speaks.
    async fn is_heard(&self, stream: impl AsyncRead + AsyncWrite) {
        let mut byte = [0; 1];
        let mut stream = pin!(stream);
        if matches!(stream.read(&mut byte).await, Ok(1)) {
            self.heard_elsewhere.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Hands a request on; the whole answer.
    pub(super) async fn hand_on(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        match self.atlas.handle(request).await {
            Outcome::Response(response) => response,
            other => panic!("no fault of the simulator goes over this line: {other:?}"),
        }
    }

    /// Notes a request that goes no further.
    pub(super) fn note_lost(&self, operation: Operation, request: &http::Request<Bytes>) {
        let lost = Recorded {
            sequence: u64::MAX,
            operation,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().map(str::to_owned),
            headers: request.headers().clone(),
            body: request.body().clone(),
            group: None,
            tenant: None,
            processor: None,
            status: None,
            state_before: None,
            state_after: None,
            faults: Vec::new(),
            at: self.epoch.elapsed(),
            changed: 0,
        };
        let mut all = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(lost);
    }
}

fn socket() -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    Ok(socket)
}

/// What a request asks for.
pub(super) fn operation_of<B>(request: &http::Request<B>) -> Operation {
    let path = request.uri().path();
    match path.rsplit([':', '/']).next().unwrap_or_default() {
        "token" => Operation::Token,
        "revoke" => Operation::Revoke,
        "start" => Operation::Start,
        "startWith" => Operation::StartWith,
        "stop" => Operation::Stop,
        "processors" => Operation::List,
        _ => Operation::Get,
    }
}
