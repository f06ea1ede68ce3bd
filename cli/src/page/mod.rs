//! The shared parts of this program's pages: their files, and the headers that keep a browser
//! strict.
//!
//! Rule: a page's own files are all that its browser loads, and no text of a message becomes
//! markup: the policy forbids scripts and styles in the page itself.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Response};

use crate::http_server::Payload;

pub const HTML: &str = "text/html; charset=utf-8";
pub const SCRIPT: &str = "text/javascript; charset=utf-8";
pub const STYLE: &str = "text/css; charset=utf-8";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A path with the content type and the text.
pub type Asset = (&'static str, &'static str, &'static str);

/// The files of every page.
const SHARED: &[Asset] = &[
    ("/page/base.css", STYLE, include_str!("base.css")),
    ("/page/icon.svg", "image/svg+xml", include_str!("icon.svg")),
    ("/page/dom.js", SCRIPT, include_str!("dom.js")),
];

/// The files of one page, which are part of the program: `index.html`, a style sheet and scripts,
/// in a folder relative to the caller's file.
macro_rules! assets {
    ($folder:literal, $style:literal, $($script:literal)*) => {
        &[
            ("/", $crate::page::HTML, include_str!(concat!($folder, "index.html"))),
            (concat!("/page/", $style), $crate::page::STYLE, include_str!(concat!($folder, $style))),
            $((
                concat!("/page/", $script),
                $crate::page::SCRIPT,
                include_str!(concat!($folder, $script)),
            ),)*
        ]
    };
}
pub(crate) use assets;

/// The file at a path: one of the page's own, or one that all pages have.
pub fn file(own: &[Asset], path: &str) -> Option<Response<Bytes>> {
    let (_, mime, text) = own.iter().chain(SHARED).find(|(known, ..)| *known == path)?;
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    Some(response)
}

/// Adds the headers with which a browser is strict.
pub fn protected(mut response: Response<Payload>) -> Response<Payload> {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
