//! The simulator behind a socket: HTTP/1.1 and cleartext HTTP/2, and the faults that only a socket can have.

use std::{
    convert::Infallible,
    future::pending,
    io,
    net::Ipv4Addr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{Outcome, Simulator, flawed_body::FlawedBody};

impl Simulator {
    /// Answers on a listener until the future is dropped; the connections that are open end with it.
    pub async fn serve(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => drop(connections.spawn(self.clone().connection(stream))),
                    // Too many open files, most likely: a while later there may be fewer.
                    Err(_) => sleep(Duration::from_millis(50)).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    /// Serves on a free port of loopback in the background, as long as the runtime lives. Returns the base URL.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn serve_on_loopback(&self) -> io::Result<String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(self.clone().serve(listener));
        Ok(format!("http://{address}"))
    }

    async fn connection(self, stream: TcpStream) {
        // Nagle's algorithm would hold small answers back.
        let _ = stream.set_nodelay(true);
        let stream = Arc::new(stream);
        let reset = Arc::new(Notify::new());
        let (busy, watched) = watch::channel(0_usize);
        let busy = Arc::new(busy);
        let service = service_fn(|request: Request<Incoming>| {
            let (simulator, reset, busy) = (self.clone(), Arc::clone(&reset), Arc::clone(&busy));
            async move {
                busy.send_modify(|requests| *requests += 1);
                let response = simulator.respond(request, &reset).await;
                busy.send_modify(|requests| *requests -= 1);
                Ok::<_, Infallible>(response)
            }
        });
        let keep_alive = self.world().settings.keep_alive;
        let builder = auto::Builder::new(TokioExecutor::new());
        let connection =
            builder.serve_connection(TokioIo::new(Socket(Arc::clone(&stream))), service);
        tokio::select! {
            _ = connection => {}
            () = idle(watched, keep_alive) => {}
            () = reset.notified() => {
                // Closed without lingering, the kernel sends RST in place of FIN.
                let _ = stream.set_zero_linger();
            }
        }
    }

    async fn respond(self, request: Request<Incoming>, reset: &Notify) -> Response<FlawedBody> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else {
            // The client broke off in the middle of its request; nobody reads this answer.
            return Response::new(FlawedBody::whole(Bytes::new()));
        };
        let drip = self.world().settings.drip;
        match self
            .handle(Request::from_parts(parts, body.to_bytes()))
            .await
        {
            Outcome::Response(response) => response.map(FlawedBody::whole),
            Outcome::SlowDrip(response) => {
                flawed(response, |body| FlawedBody::dripping(body, drip))
            }
            Outcome::Truncated(response) => flawed(response, FlawedBody::truncated),
            Outcome::NeverAnswered => pending().await,
            Outcome::ResetBeforeProcessing | Outcome::ResetAfterProcessing => {
                reset.notify_one();
                pending().await
            }
        }
    }
}

/// Ends once no request was worked on for so long; waits for the first one without limit.
async fn idle(mut busy: watch::Receiver<usize>, keep_alive: Option<Duration>) {
    let Some(keep_alive) = keep_alive else {
        return pending().await;
    };
    if busy.changed().await.is_err() {
        return pending().await;
    }
    loop {
        let changed = if *busy.borrow_and_update() == 0 {
            match timeout(keep_alive, busy.changed()).await {
                Ok(changed) => changed,
                Err(_) => return,
            }
        } else {
            busy.changed().await
        };
        if changed.is_err() {
            return pending().await;
        }
    }
}

/// An empty body can neither drip nor break off: blanks stand in, which are nothing in JSON too.
fn flawed(
    response: Response<Bytes>,
    body: impl FnOnce(Bytes) -> FlawedBody,
) -> Response<FlawedBody> {
    let (mut parts, bytes) = response.into_parts();
    let bytes = if bytes.is_empty() {
        Bytes::from_static(b"                ")
    } else {
        bytes
    };
    parts
        .headers
        .insert(http::header::CONTENT_LENGTH, bytes.len().into());
    Response::from_parts(parts, body(bytes))
}

/// A stream that stays at hand while a connection works on it.
#[derive(Debug)]
struct Socket(Arc<TcpStream>);

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(context))?;
            match self.0.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(context))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The stream is closed when the connection lets go of it, which is at once after this.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
