//! A connection that can send any bytes, valid HTTP or not.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::harness::{Harness, KEY};

/// Longer than any time limit of the server.
const PATIENCE: Duration = Duration::from_secs(40);

/// The program's address without the scheme.
pub fn socket(harness: &Harness) -> String {
    harness.address.trim_start_matches("http://").to_owned()
}

/// The head of a request with Lynn's key and these additional headers.
pub fn head(headers: &str) -> String {
    format!("POST /lynn/support HTTP/1.1\r\nhost: bridge\r\nx-api-key: {KEY}\r\n{headers}\r\n")
}

/// A whole request with this body.
pub fn post(body: &str) -> Vec<u8> {
    let length = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    format!("{}{body}", head(&length)).into_bytes()
}

pub struct Raw(TcpStream);

impl Raw {
    /// Connects; `None` if the connection is refused.
    pub fn open(socket: &str) -> Option<Self> {
        let stream = TcpStream::connect(socket).ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self(stream))
    }

    /// Sends the bytes; returns whether the other side still reads.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.set_write_timeout(Some(Duration::from_secs(2))).is_ok()
            && self.0.write_all(bytes).is_ok()
    }

    /// Closes the sending half.
    pub fn says_no_more(&self) {
        self.0.shutdown(std::net::Shutdown::Write).expect("shut down");
    }

    /// Whether the other side has closed the connection. Reads and discards its answers.
    pub fn is_closed(&mut self) -> bool {
        let _ = self.0.set_nonblocking(true);
        let mut said = [0; 4096];
        let closed = loop {
            match self.0.read(&mut said) {
                Ok(0) => break true,
                Ok(_) => {}
                Err(error) => break error.kind() != ErrorKind::WouldBlock,
            }
        };
        let _ = self.0.set_nonblocking(false);
        closed
    }

    /// Whether the other side has reset the connection. Reads nothing.
    pub fn is_cut_off(&self) -> bool {
        !matches!(self.0.take_error(), Ok(None))
    }

    /// Everything that the other side sends until it closes the connection, or is silent for this
    /// time.
    pub fn hear(&mut self, silence: Duration) -> String {
        let mut heard = Vec::new();
        let mut part = [0; 4096];
        let _ = self.0.set_read_timeout(Some(silence));
        while let Ok(length @ 1..) = self.0.read(&mut part) {
            heard.extend_from_slice(&part[..length]);
        }
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// Sends `drip` every 200 ms until the other side closes; returns the time that this took and
    /// the answer.
    pub fn dribble(mut self, drip: &[u8]) -> (Duration, String) {
        let (began, mut heard) = (Instant::now(), String::new());
        while began.elapsed() < PATIENCE {
            let spoken = self.hear(Duration::from_millis(200));
            heard.push_str(&spoken);
            if self.is_closed() || !drip.is_empty() && !self.send(drip) {
                break;
            }
        }
        (began.elapsed(), heard)
    }
}
