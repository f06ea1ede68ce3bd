//! Stores copies of files in S3.
//!
//! Rule: a copy is first written to a temporary file, so that its size is known and memory stays
//! bounded, and then uploaded in one piece. The bucket is used through the same three requests
//! everywhere.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use media::{FileBody, Kind, MediaKey, MediaStore, MediaWriter, StoredCopy};
use reqwest::{Client, Response};
use shared::ports::PortError;
use shared::time::Timestamp;
use tokio::task::spawn_blocking;

use super::s3::{Cause, S3Media};

/// How long the bridge's own signed requests are valid.
const REQUEST: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(1);
const HEAD_TIMEOUT: Duration = Duration::from_secs(4);
const PUT: Duration = Duration::from_secs(30);
/// The header that stores the time of a copy.
const STORED_AT: &str = "x-amz-meta-stored-at";

/// A bucket that copies are written to.
#[derive(Clone)]
pub struct S3Copies {
    bucket: S3Media,
    client: Arc<OnceLock<Client>>,
}

impl S3Copies {
    pub fn new(bucket: S3Media) -> Self {
        Self { bucket, client: Arc::default() }
    }

    fn client(&self) -> Result<&Client, reqwest::Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "made once, and only where files are relayed"
        )]
        let builder = Client::builder();
        let redirects = reqwest::redirect::Policy::none();
        let client = builder.connect_timeout(CONNECT).redirect(redirects).no_proxy().build()?;
        Ok(self.client.get_or_init(|| client))
    }

    async fn head(&self, key: &MediaKey) -> Result<Option<StoredCopy>, Cause> {
        let url = self.bucket.signed(&Method::HEAD, key, &[], REQUEST).await?;
        let answer = self.client()?.head(url).timeout(HEAD_TIMEOUT).send().await;
        let answer = answer.map_err(reqwest::Error::without_url)?;
        match answer.status().as_u16() {
            200 => Ok(found(&answer)),
            // Without the right to list the bucket, S3 answers 403 for a missing object and for a
            // forbidden one. If the bucket is forbidden, the upload will fail.
            403 | 404 => Ok(None),
            status => Err(format!("S3 answered {status}").into()),
        }
    }
}

fn found(answer: &Response) -> Option<StoredCopy> {
    let header = |name: &str| answer.headers().get(name)?.to_str().ok();
    Some(StoredCopy {
        mime: header(CONTENT_TYPE.as_str())?.to_owned(),
        size: header(CONTENT_LENGTH.as_str())?.parse().ok()?,
        stored_at: Timestamp::from_milliseconds(header(STORED_AT)?.parse().ok()?),
    })
}

#[async_trait]
impl MediaStore for S3Copies {
    async fn find(&self, key: &MediaKey) -> Result<Option<StoredCopy>, PortError> {
        self.head(key).await.map_err(|source| PortError::unavailable("look for a copy", source))
    }

    async fn begin(&self, key: &MediaKey) -> Result<Box<dyn MediaWriter>, PortError> {
        // The temporary file has no name, so nothing remains even if the function is ended.
        let file = spawn_blocking(tempfile::tempfile).await;
        let file = file.map_err(Cause::from).and_then(|file| file.map_err(Cause::from));
        let file = file.map_err(|source| PortError::unavailable("begin a copy", source))?;
        Ok(Box::new(S3CopyWriter {
            copies: self.clone(),
            key: key.clone(),
            file: Some(file),
            size: 0,
        }))
    }
}

/// A copy in a temporary file.
struct S3CopyWriter {
    copies: S3Copies,
    key: MediaKey,
    /// `None` during a write and after a failed one.
    file: Option<File>,
    size: u64,
}

#[async_trait]
impl MediaWriter for S3CopyWriter {
    async fn append(&mut self, piece: Bytes) -> Result<(), PortError> {
        self.write(piece).await.map_err(|source| PortError::unavailable("write a copy", source))
    }

    async fn commit(self: Box<Self>, kind: &Kind, now: Timestamp) -> Result<(), PortError> {
        self.put(kind, now).await.map_err(|source| PortError::unavailable("store a copy", source))
    }
}

impl S3CopyWriter {
    async fn write(&mut self, piece: Bytes) -> Result<(), Cause> {
        let mut file = self.file.take().ok_or("an earlier piece was not written")?;
        self.size += u64::try_from(piece.len())?;
        let write = move || file.write_all(&piece).map(|()| file);
        self.file = Some(spawn_blocking(write).await??);
        Ok(())
    }

    async fn put(mut self, kind: &Kind, now: Timestamp) -> Result<(), Cause> {
        let mut file = self.file.take().ok_or("a piece was not written")?;
        let file = spawn_blocking(move || file.seek(SeekFrom::Start(0)).map(|_| file)).await??;
        let disposition = kind.disposition(&self.key);
        let stored_at = now.milliseconds().to_string();
        let headers = [
            (CACHE_CONTROL.as_str(), "private, no-store"),
            (CONTENT_DISPOSITION.as_str(), disposition.as_str()),
            (CONTENT_TYPE.as_str(), kind.mime),
            (STORED_AT, stored_at.as_str()),
        ];
        let url = self.copies.bucket.signed(&Method::PUT, &self.key, &headers, REQUEST).await?;
        let mut request = self.copies.client()?.put(url).timeout(PUT);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let body = reqwest::Body::wrap(FileBody::new(file, self.size));
        let answer = request.header(CONTENT_LENGTH, self.size).body(body).send().await;
        let status = answer.map_err(reqwest::Error::without_url)?.status().as_u16();
        if (200..300).contains(&status) {
            Ok(())
        } else {
            Err(format!("S3 answered {status}").into())
        }
    }
}
