//! Response bodies as a socket sends them: whole, a byte at a time, or broken off half-way.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// A body with at most one flaw.
#[derive(Debug)]
pub(crate) struct FlawedBody {
    rest: Bytes,
    flaw: Flaw,
}

#[derive(Debug)]
enum Flaw {
    None,
    Dripping {
        every: Duration,
        next: Pin<Box<Sleep>>,
    },
    /// Breaks off once no more than so many bytes are left; `flushed` once what came before has had time to leave.
    Truncated {
        at: usize,
        flushed: bool,
    },
}

impl FlawedBody {
    pub(crate) fn whole(body: Bytes) -> Self {
        Self {
            rest: body,
            flaw: Flaw::None,
        }
    }

    pub(crate) fn dripping(body: Bytes, every: Duration) -> Self {
        Self {
            rest: body,
            flaw: Flaw::Dripping {
                every,
                next: Box::pin(sleep(every)),
            },
        }
    }

    pub(crate) fn truncated(body: Bytes) -> Self {
        let at = body.len().div_ceil(2);
        Self {
            rest: body,
            flaw: Flaw::Truncated { at, flushed: false },
        }
    }
}

impl Body for FlawedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = match &mut this.flaw {
            Flaw::None => this.rest.len(),
            Flaw::Dripping { every, next } => {
                ready!(next.as_mut().poll(context));
                *next = Box::pin(sleep(*every));
                1
            }
            Flaw::Truncated { at, flushed } if this.rest.len() <= *at => {
                if !std::mem::replace(flushed, true) {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                return Poll::Ready(Some(Err(io::Error::other("broken off on purpose"))));
            }
            Flaw::Truncated { at, .. } => this.rest.len() - *at,
        };
        Poll::Ready(Some(Ok(Frame::data(this.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    /// Exact, even where it is a lie: it becomes the Content-Length.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
