//! HTTP/2 as a server speaks it who breaks off single streams, or takes leave while they are under way.

use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use h2::{Reason, RecvStream, server::SendResponse};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::line::{Cut, Line, operation_of};

/// Answers what comes on one connection, until it ends or is cut.
pub(super) async fn serve(line: &Arc<Line>, stream: TlsStream<TcpStream>) {
    let shared = Shared(Arc::new(Mutex::new(stream)));
    let Ok(mut connection) = h2::server::handshake(shared.clone()).await else {
        return;
    };
    while let Some(Ok((request, respond))) = connection.accept().await {
        let id: u32 = respond.stream_id().into();
        let cut = line.strikes(operation_of(&request));
        if let Some(Cut::GoAway { processed }) = cut {
            let mut arriving = pin!(whole(request));
            let request = loop {
                // What is still to come of the request comes while the connection works.
                tokio::select! {
                    request = &mut arriving => break request,
                    Some(_) = connection.accept() => {}
                }
            };
            pass(line, request, processed).await;
            let _ = shared
                .clone()
                .write_all(&go_away(id.saturating_sub(2)))
                .await;
            let _ = shared.clone().shutdown().await;
            return;
        }
        tokio::spawn(answer(Arc::clone(line), request, respond, cut));
    }
}

async fn answer(
    line: Arc<Line>,
    request: http::Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    cut: Option<Cut>,
) {
    let request = whole(request).await;
    match cut {
        Some(Cut::StreamRefused { processed }) => {
            pass(&line, request, processed).await;
            respond.send_reset(Reason::REFUSED_STREAM);
        }
        Some(Cut::StreamReset { processed }) => {
            pass(&line, request, processed).await;
            respond.send_reset(Reason::INTERNAL_ERROR);
        }
        Some(Cut::StreamSilent) => {
            pass(&line, request, true).await;
            tokio::time::sleep(std::time::Duration::from_secs(20)).await;
        }
        cut => {
            let (mut parts, body) = line.hand_on(request).await.into_parts();
            parts.headers.remove(http::header::CONTENT_LENGTH);
            let head = http::Response::from_parts(parts, ());
            let Ok(mut sending) = respond.send_response(head, false) else {
                return;
            };
            if cut.is_some() {
                let _ = sending.send_data(body.slice(..body.len() / 2), false);
                sending.send_reset(Reason::INTERNAL_ERROR);
            } else {
                let _ = sending.send_data(body, true);
            }
        }
    }
}

async fn whole(request: http::Request<RecvStream>) -> http::Request<Bytes> {
    let (parts, mut body) = request.into_parts();
    let mut whole = BytesMut::new();
    while let Some(Ok(some)) = body.data().await {
        let _ = body.flow_control().release_capacity(some.len());
        whole.extend_from_slice(&some);
    }
    http::Request::from_parts(parts, whole.freeze())
}

/// The request takes its effect, or goes no further.
async fn pass(line: &Line, request: http::Request<Bytes>, processed: bool) {
    if processed {
        line.hand_on(request).await;
    } else {
        line.note_lost(operation_of(&request), &request);
    }
}

/// The frame that says that no stream after this one was looked at (RFC 9113 §6.8), without a fault of anybody.
fn go_away(last: u32) -> Vec<u8> {
    let mut frame = vec![0, 0, 8, 7, 0, 0, 0, 0, 0];
    frame.extend_from_slice(&last.to_be_bytes());
    frame.extend_from_slice(&0_u32.to_be_bytes());
    frame
}

/// A stream that stays at hand while a connection works on it.
#[derive(Clone)]
struct Shared(Arc<Mutex<TlsStream<TcpStream>>>);

impl Shared {
    fn stream(&self) -> MutexGuard<'_, TlsStream<TcpStream>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncRead for Shared {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_read(context, buffer)
    }
}

impl AsyncWrite for Shared {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream()).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_shutdown(context)
    }
}
