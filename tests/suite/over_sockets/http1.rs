//! HTTP/1.1 as a server speaks it who may be cut off anywhere.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::line::{Cut, Line, operation_of};

/// Answers what comes on one connection, until it ends or is cut.
pub(super) async fn serve(line: &Line, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut come = BytesMut::new();
    while let Some(request) = read(&mut stream, &mut come).await {
        let operation = operation_of(&request);
        let cut = line.strikes(operation);
        if cut == Some(Cut::ClosedBefore) {
            line.note_lost(operation, &request);
            return;
        }
        let answer = line.hand_on(request).await;
        let closes = line.closes();
        let (head, body) = written(&answer, closes == Some(true));
        let sent = match cut {
            None => stream.write_all(&[head, body].concat()).await,
            Some(Cut::DrippingHead) => {
                for byte in head {
                    tokio::time::sleep(Duration::from_millis(15)).await;
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                }
                stream.write_all(&body).await
            }
            Some(Cut::TruncatedHead) => {
                let _ = stream.write_all(&head[..head.len() / 2]).await;
                return;
            }
            Some(_) => return,
        };
        if sent.is_err() || stream.flush().await.is_err() || closes.is_some() {
            return;
        }
    }
}

/// The next request; `None` where there is none any more.
async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    come: &mut BytesMut,
) -> Option<http::Request<Bytes>> {
    let end = loop {
        if let Some(end) = come.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(come).await.ok()? == 0 {
            return None;
        }
    };
    let head = come.split_to(end);
    let head = std::str::from_utf8(&head).expect("a head is text");
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let mut request = http::Request::builder()
        .method(first.next()?)
        .uri(first.next()?);
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().expect("a length");
        }
        request = request.header(name, value);
    }
    while come.len() < length {
        if stream.read_buf(come).await.ok()? == 0 {
            return None;
        }
    }
    let body = come.split_to(length).freeze();
    Some(request.body(body).expect("a request"))
}

/// An answer on the wire: its head and its body.
fn written(answer: &http::Response<Bytes>, closes: bool) -> (Vec<u8>, Vec<u8>) {
    let mut head = format!("HTTP/1.1 {} X\r\n", answer.status().as_u16());
    for (name, value) in answer.headers() {
        if name != http::header::CONTENT_LENGTH {
            head += &format!("{name}: {}\r\n", value.to_str().expect("text"));
        }
    }
    if closes {
        head += "connection: close\r\n";
    }
    head += &format!("content-length: {}\r\n\r\n", answer.body().len());
    (head.into_bytes(), answer.body().to_vec())
}
