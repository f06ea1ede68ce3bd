//! A file as the body of a request or an answer.
//!
//! Rule: only one piece of the file is in memory at a time, and the file is read only as fast as
//! the other side accepts it.

use std::fs::File;
use std::io::Read as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

/// The size of the piece that is in memory, in bytes.
const PIECE: usize = 32 * 1024;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Reading = JoinHandle<std::io::Result<(File, Bytes)>>;

/// The rest of a file, as the body of a request or an answer.
pub struct FileBody {
    file: Option<File>,
    reading: Option<Reading>,
    left: u64,
}

impl FileBody {
    /// Sends `size` bytes from the file's current position.
    pub fn new(file: File, size: u64) -> Self {
        Self { file: Some(file), reading: None, left: size }
    }
}

fn read(mut file: File) -> std::io::Result<(File, Bytes)> {
    let mut piece = vec![0; PIECE];
    let length = file.read(&mut piece)?;
    piece.truncate(length);
    Ok((file, Bytes::from(piece)))
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        if let Some(file) = self.file.take() {
            self.reading = Some(spawn_blocking(move || read(file)));
        }
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let done = match Pin::new(reading).poll(context) {
            Poll::Ready(done) => done,
            Poll::Pending => return Poll::Pending,
        };
        self.reading = None;
        match done {
            Ok(Ok((_, piece))) if piece.is_empty() => {
                Poll::Ready(Some(Err("the copy is shorter than it was".into())))
            }
            Ok(Ok((file, piece))) => {
                self.file = Some(file);
                self.left =
                    self.left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Ok(Err(error)) => Poll::Ready(Some(Err(error.into()))),
            Err(error) => Poll::Ready(Some(Err(error.into()))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
