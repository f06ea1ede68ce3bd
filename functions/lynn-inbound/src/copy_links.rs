//! Redirects a caller with a valid link to the copy in the bucket, by a link that is valid only for
//! a moment.
//!
//! Rule: a link of the bridge is valid longer than the session of the role that made the copy. So
//! the link to the bucket is signed when the caller uses the bridge's link.

use aws::S3Media;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderValue, Request, Response, StatusCode};
use media::LinkCheck;
use shared::error::chain;
use shared::problem;

/// The endpoint `GET /media/{integration}/{key}` of a stack.
pub struct CopyLinks {
    pub check: LinkCheck,
    /// `None` if the stack keeps no copies.
    pub copies: Option<S3Media>,
}

impl CopyLinks {
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let key = match self.check.key(&request).await {
            Ok(key) => key,
            Err(error) => return self.check.answer(&error),
        };
        let Some(copies) = &self.copies else { return problem::no_file() };
        match copies.link(&key, request.method()).await {
            Ok(link) => sent_on(&link).unwrap_or_else(problem::no_file),
            Err(error) => {
                tracing::error!(
                    event.name = "unread",
                    error = chain(&error),
                    "A link to a copy could not be signed."
                );
                problem::file_unreadable()
            }
        }
    }
}

fn sent_on(link: &str) -> Option<Response<Bytes>> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(link).ok()?);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Some(response)
}
