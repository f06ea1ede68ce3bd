//! Copies one file: requests it, follows redirects, checks the first bytes, and writes the rest as
//! it arrives.
//!
//! Rules: Every link is judged before it is followed, including the last one. Only Genesys'
//! downloads get the token, only with the first request, and never along a redirect. At most the
//! first bytes and one piece of a file are in memory.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use secrecy::SecretString;
use shared::error::Failure;
use shared::file_refusal::Refusal;
use shared::ports::{Clock, PortError};
use shared::retry_after;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::kind::{Kind, SNIFFED, WrongKind};
use super::link::MediaKey;
use super::ports::{MediaAnswer, MediaRequest, MediaSource, MediaStore, SourceError};
use super::source_policy::SourcePolicy;

/// The size of the largest file in bytes: Genesys accepts no larger one.
pub const LARGEST: u64 = 25 * 1024 * 1024;
/// The largest number of redirects.
pub(crate) const MOST_REDIRECTS: usize = 5;

/// Gives Genesys' token for links that lead to Genesys.
#[async_trait]
pub trait Bearer: Send + Sync {
    /// Returns a token that is valid now.
    async fn token(&self) -> Result<SecretString, Failure>;
    /// Reports that Genesys refused this token.
    async fn refused(&self, token: &SecretString) -> Result<(), Failure>;
}

/// Why a file was not copied.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    #[error("the file is refused")]
    Refused(Refusal),
    #[error("answered {status}")]
    Status { status: u16, retry_after: Option<Duration> },
    #[error("no file")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("no token")]
    Token(#[source] Failure),
    #[error("not stored")]
    Store(#[from] PortError),
}

impl From<Refusal> for CopyError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Copies files of one integration.
pub(super) struct Copier<'a> {
    pub(super) source: &'a dyn MediaSource,
    pub(super) store: &'a dyn MediaStore,
    pub(super) source_policy: &'a SourcePolicy,
    pub(super) bearer: Option<&'a dyn Bearer>,
    pub(super) clock: &'a dyn Clock,
    /// How long the source may take. The time of the bridge's own store does not count, because it
    /// is not the source's fault.
    pub(super) limit: Duration,
}

impl Copier<'_> {
    /// Copies the file at `url`; `mime` is the type that the message gives.
    pub(super) async fn copy(
        &self,
        key: &MediaKey,
        url: &str,
        mime: Option<&str>,
    ) -> Result<(&'static Kind, u64), CopyError> {
        let url = Url::parse(url).map_err(|_| Refusal::NotAUrl)?;
        let mut left = Left(self.limit);
        let answer = left.spend(self.follow(url)).await?;
        if length(&answer.headers).is_some_and(|length| length > LARGEST) {
            return Err(Refusal::TooLarge.into());
        }
        if is_encoded(&answer.headers) {
            return Err(Refusal::Encoded.into());
        }
        self.store(key, answer, mime, left).await
    }

    /// Returns the first answer that is a file.
    async fn follow(&self, mut url: Url) -> Result<MediaAnswer, CopyError> {
        let mut answer = self.ask(&url).await?;
        for redirects in 0.. {
            match answer.status {
                200 => return Ok(answer),
                301 | 302 | 303 | 307 | 308 if redirects == MOST_REDIRECTS => break,
                301 | 302 | 303 | 307 | 308 => url = led_to(&url, &answer.headers)?,
                status => {
                    let retry_after = retry_after::read(&answer.headers);
                    return Err(CopyError::Status { status, retry_after });
                }
            }
            answer = self.ask_with(&url, None).await?;
        }
        Err(Refusal::TooManyRedirects.into())
    }

    /// Requests a Genesys download with the token, and without it if Genesys refuses the token. All
    /// other hosts get no token.
    async fn ask(&self, url: &Url) -> Result<MediaAnswer, CopyError> {
        let Some(bearer) = self.bearer.filter(|_| self.source_policy.takes_token(url)) else {
            return self.ask_with(url, None).await;
        };
        let token = bearer.token().await.map_err(CopyError::Token)?;
        let mut answer = self.ask_with(url, Some(&token)).await?;
        if answer.status == 401 {
            bearer.refused(&token).await.map_err(CopyError::Token)?;
            let newer = bearer.token().await.map_err(CopyError::Token)?;
            answer = self.ask_with(url, Some(&newer)).await?;
        }
        // A link with its own signature may be refused because of the token beside it.
        if matches!(answer.status, 400 | 401 | 403) {
            answer = self.ask_with(url, None).await?;
        }
        Ok(answer)
    }

    async fn ask_with(
        &self,
        url: &Url,
        bearer: Option<&SecretString>,
    ) -> Result<MediaAnswer, CopyError> {
        let reach = self.source_policy.reach(url)?;
        match self.source.get(MediaRequest { url, reach, bearer }).await {
            Ok(answer) => Ok(answer),
            Err(SourceError::Blocked) => Err(Refusal::BlockedAddress.into()),
            Err(SourceError::Failed(source)) => Err(CopyError::Source(source)),
        }
    }

    async fn store(
        &self,
        key: &MediaKey,
        answer: MediaAnswer,
        mime: Option<&str>,
        mut left: Left,
    ) -> Result<(&'static Kind, u64), CopyError> {
        // A short file ends within its first bytes, and is still polled for more. `fuse` makes that
        // safe.
        let mut body = answer.body.fuse().boxed();
        let head = left.spend(first_bytes(&mut body)).await?;
        let said = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = match Kind::detect(&head, &[said, mime]) {
            Ok(kind) => kind,
            Err(_) if head.is_empty() => return Err(Refusal::Empty.into()),
            Err(WrongKind::NotAllowed) => return Err(Refusal::TypeNotAllowed.into()),
            Err(WrongKind::Mismatch) => return Err(Refusal::TypeMismatch.into()),
        };
        let mut writer = self.store.begin(key).await?;
        let (mut size, mut piece) = (0, Some(head));
        while let Some(bytes) = piece {
            size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if size > LARGEST {
                return Err(Refusal::TooLarge.into());
            }
            writer.append(bytes).await?;
            piece = left.spend(next(&mut body)).await?;
        }
        writer.commit(kind, self.clock.now()).await?;
        Ok((kind, size))
    }
}

/// The rest of the source's time.
struct Left(Duration);

impl Left {
    async fn spend<T>(
        &mut self,
        work: impl Future<Output = Result<T, CopyError>>,
    ) -> Result<T, CopyError> {
        let began = Instant::now();
        let done = timeout_at(began + self.0, work).await;
        self.0 = self.0.saturating_sub(began.elapsed());
        done.unwrap_or_else(|_| Err(CopyError::Source("it takes too long".into())))
    }
}

fn led_to(url: &Url, headers: &HeaderMap) -> Result<Url, Refusal> {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    url.join(location.ok_or(Refusal::NotAUrl)?).map_err(|_| Refusal::NotAUrl)
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether the file has a content coding. The bridge requested none, and the content is unknown
/// before it is unpacked.
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    codings.any(|coding| !coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
}

async fn next(body: &mut super::ports::FileSource) -> Result<Option<Bytes>, CopyError> {
    body.try_next().await.map_err(CopyError::Source)
}

/// Reads enough bytes to recognise the file, or all bytes of a short file.
async fn first_bytes(body: &mut super::ports::FileSource) -> Result<Bytes, CopyError> {
    let mut head = BytesMut::new();
    while head.len() < SNIFFED {
        match next(body).await? {
            Some(piece) if head.is_empty() && piece.len() >= SNIFFED => return Ok(piece),
            Some(piece) => head.extend_from_slice(&piece),
            None => break,
        }
    }
    Ok(head.freeze())
}

#[cfg(test)]
mod tests;
