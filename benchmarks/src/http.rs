//! A small HTTP/1.1 server on loopback, with one thread for each connection, which stays open.
//!
//! Rule: as little work as possible between the measured program and the clock. It supports only
//! the HTTP that its clients speak.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Instant;

#[derive(Debug)]
pub struct Request {
    /// When the server had read the headers.
    pub at: Instant,
    pub method: String,
    /// The path with its query.
    pub path: String,
    pub body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Request {
    /// The bytes of the request line and the headers, with their ends of lines.
    pub fn head_bytes(&self) -> usize {
        let line = self.method.len() + self.path.len() + " HTTP/1.1 \r\n".len();
        let header = |(name, value): &(String, String)| name.len() + value.len() + ": \r\n".len();
        line + self.headers.iter().map(header).sum::<usize>() + "\r\n".len()
    }

    /// The value of a header. `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    /// All headers except the length.
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }
}

/// Listens on a free port until the process ends.
pub fn serve(
    handle: impl Fn(&Request) -> Response + Send + Sync + 'static,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let handle = Arc::new(handle);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handle = Arc::clone(&handle);
            // Ignore connection errors: the client notices them itself.
            std::thread::spawn(move || connection(stream, &*handle));
        }
    });
    Ok(address)
}

fn connection(stream: TcpStream, handle: &dyn Fn(&Request) -> Response) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        writer.write_all(&written(&handle(&request)))?;
    }
    Ok(())
}

fn written(answer: &Response) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {} -\r\n", answer.status).into_bytes();
    for (name, value) in &answer.headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", answer.body.len()).as_bytes());
    bytes.extend_from_slice(&answer.body);
    bytes
}

/// Reads the next request; `None` when the client has closed the connection.
fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let start = line(reader)?;
    let mut words = start.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
    let mut headers = Vec::new();
    loop {
        let line = line(reader)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request {
        at: Instant::now(),
        method: method.to_owned(),
        path: path.to_owned(),
        body: Vec::new(),
        headers,
    };
    request.body = match request.header("transfer-encoding") {
        Some(_) => chunks(reader)?,
        None => {
            let length = request.header("content-length").and_then(|text| text.parse().ok());
            exactly(reader, length.unwrap_or(0))?
        }
    };
    Ok(Some(request))
}

fn chunks(reader: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = usize::from_str_radix(&line(reader)?, 16).map_err(io::Error::other)?;
        body.extend(exactly(reader, size)?);
        line(reader)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn exactly(reader: &mut BufReader<TcpStream>, length: usize) -> io::Result<Vec<u8>> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}

fn line(reader: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    line.truncate(line.trim_end().len());
    Ok(line)
}
