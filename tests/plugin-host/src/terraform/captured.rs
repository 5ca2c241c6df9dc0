//! What a run prints, while it prints it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::task::JoinHandle;

/// One output of a run.
#[derive(Debug)]
pub(super) struct Captured {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<std::io::Result<()>>,
}

impl Captured {
    /// Reads until the output is closed.
    pub(super) fn from<R: AsyncRead + Send + Unpin + 'static>(mut output: R) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let read = Arc::clone(&bytes);
        let reader = tokio::spawn(async move {
            let mut some = Vec::with_capacity(4096);
            while output.read_buf(&mut some).await? > 0 {
                read.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .append(&mut some);
            }
            Ok(())
        });
        Self { bytes, reader }
    }

    /// What was printed this far.
    pub(super) fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// All of it, once the output is closed.
    pub(super) async fn whole(&mut self) -> std::io::Result<String> {
        (&mut self.reader).await??;
        Ok(self.text())
    }
}
