//! Routes the requests to the function on AWS: to Lynn's endpoints, or to the links to copies of
//! files.

use bytes::Bytes;
use http::{Request, Response};
use media::is_link;

use crate::{CopyLinks, LynnInbound};

/// Both endpoints behind one address.
pub struct Front {
    pub lynn: LynnInbound,
    pub links: CopyLinks,
}

impl Front {
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        if is_link(request.uri().path()) {
            self.links.handle(request).await
        } else {
            self.lynn.handle(request).await
        }
    }
}
