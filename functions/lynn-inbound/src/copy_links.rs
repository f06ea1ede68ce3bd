//! Sends a caller with a valid link on to the copy in the bucket, by a link that lives a moment only.
//!
//! Rule: a link of ours outlives the session of the role that made the copy; what it leads on to is signed when it is used.

use aws::S3Media;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderValue, Request, Response, StatusCode};
use media::LinkCheck;
use shared::error::chain;
use shared::problem;

/// The endpoint `GET /media/{integration}/{key}` of a stack.
pub struct CopyLinks {
    /// Checks links.
    pub check: LinkCheck,
    /// The copies; `None`: the stack keeps none.
    pub copies: Option<S3Media>,
}

impl CopyLinks {
    /// Answers one request.
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
