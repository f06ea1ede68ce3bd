//! What the function answers on AWS: Lynn's endpoints, and the links to copies of files.

use bytes::Bytes;
use http::{Request, Response};
use media::is_link;

use crate::{CopyLinks, LynnInbound};

/// Both, behind one address.
pub struct Front {
    /// Lynn's endpoints.
    pub lynn: LynnInbound,
    /// The links.
    pub links: CopyLinks,
}

impl Front {
    /// Answers one request.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        if is_link(request.uri().path()) {
            self.links.handle(request).await
        } else {
            self.lynn.handle(request).await
        }
    }
}
