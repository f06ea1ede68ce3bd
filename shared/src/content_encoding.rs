//! Decompresses a request body with `content-encoding: gzip`.
//!
//! Rules: only a body of an authenticated caller is decompressed; a signature covers the bytes as
//! received. The limit applies to the decompressed body. The memory used stays within the limit,
//! whatever the compressed body announces.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::problem;
use crate::verified::Verified;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unpackable {
    /// The encoding is not gzip.
    #[error("content-encoding {0} is not taken")]
    Unknown(String),
    /// The body is not gzip, or is incomplete.
    #[error("the body is not gzip")]
    Broken,
    /// The decompressed body is larger than the limit.
    #[error("the unpacked body is too large")]
    TooLarge,
}

/// The decompressed body, or the same bytes if the body is not compressed. `limit` is in bytes.
pub fn unpacked(
    body: &Verified,
    headers: &HeaderMap,
    limit: usize,
) -> Result<Verified, Unpackable> {
    match encodings(headers).as_slice() {
        [] => Ok(body.clone()),
        [one] if one == "gzip" || one == "x-gzip" => {
            gunzipped(body.bytes(), limit).map(|bytes| body.with(Bytes::from(bytes)))
        }
        several => Err(Unpackable::Unknown(several.join(", "))),
    }
}

/// Decompresses one gzip member after another. Zeros after a complete member are padding; `gzip`
/// itself accepts them too.
fn gunzipped(packed: &[u8], limit: usize) -> Result<Vec<u8>, Unpackable> {
    let mut bytes = Vec::new();
    let mut rest = packed;
    loop {
        let most = limit.saturating_sub(bytes.len()).saturating_add(1);
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let mut member = GzDecoder::new(rest).take(most);
        member.read_to_end(&mut bytes).map_err(|_| Unpackable::Broken)?;
        if bytes.len() > limit {
            return Err(Unpackable::TooLarge);
        }
        rest = member.into_inner().into_inner();
        if rest.iter().all(|byte| *byte == 0) {
            return Ok(bytes);
        }
    }
}

/// The encodings of the body, in order, without `identity`.
fn encodings(headers: &HeaderMap) -> Vec<String> {
    /// The most characters of the caller's word in the answer.
    const SHOWN: usize = 40;
    let all = headers.get_all(CONTENT_ENCODING).iter();
    let text = all.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    text.collect::<Vec<_>>()
        .iter()
        .flat_map(|value| value.split(','))
        .map(|one| one.trim().chars().take(SHOWN).collect::<String>())
        .filter(|one| !one.is_empty() && one != "identity")
        .take(4)
        .collect()
}

impl Unpackable {
    /// The answer to the caller.
    pub fn answer(&self, limit: usize) -> Response<Bytes> {
        match self {
            Self::Unknown(encoding) => {
                let mut response = problem::problem(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "The content encoding is not taken",
                    &format!(
                        "content-encoding: {encoding} is not taken. Send the body as it is, or packed with gzip."
                    ),
                );
                response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
                response
            }
            Self::Broken => problem::problem(
                StatusCode::BAD_REQUEST,
                "The request is not valid",
                "The body is not whole gzip, as the header content-encoding says.",
            ),
            Self::TooLarge => problem::too_large(limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::verified::Unverified;

    fn verified(bytes: Vec<u8>) -> Verified {
        Unverified::new(Bytes::from(bytes)).verify(|_| Ok::<(), ()>(())).unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn of(encodings: &[&str], body: Vec<u8>, limit: usize) -> Result<Vec<u8>, Unpackable> {
        let mut headers = HeaderMap::new();
        for encoding in encodings {
            headers.append(CONTENT_ENCODING, encoding.parse().unwrap());
        }
        unpacked(&verified(body), &headers, limit).map(|body| body.bytes().to_vec())
    }

    #[test]
    fn gzip_is_unpacked_and_nothing_else_is_touched() {
        for encodings in [&[][..], &["identity"], &[""], &["identity, identity"]] {
            assert_eq!(of(encodings, b"{}".to_vec(), 10), Ok(b"{}".to_vec()), "{encodings:?}");
        }
        for encodings in [&["gzip"][..], &["x-gzip"], &["GZIP"], &["identity, gzip"]] {
            assert_eq!(of(encodings, gzip(b"{}"), 10), Ok(b"{}".to_vec()), "{encodings:?}");
        }
        let parts = [gzip(b"{\"a\":"), gzip(b"1}")].concat();
        assert_eq!(of(&["gzip"], parts, 10), Ok(b"{\"a\":1}".to_vec()));
    }

    #[test]
    fn zeros_behind_a_whole_member_are_padding() {
        for zeros in [1, 4, 511] {
            let padded = [gzip(b"{}"), vec![0; zeros]].concat();
            assert_eq!(of(&["gzip"], padded, 2), Ok(b"{}".to_vec()), "{zeros}");
        }
        let parts = [gzip(b"{"), gzip(b"}"), vec![0; 8]].concat();
        assert_eq!(of(&["gzip"], parts.clone(), 2), Ok(b"{}".to_vec()));
        assert_eq!(of(&["gzip"], parts, 1), Err(Unpackable::TooLarge));
        let whole = gzip(b"{}");
        let cut = [&whole[..whole.len() - 6], &[0; 9]].concat();
        for broken in [[whole, b"\0\0x".to_vec()].concat(), cut, vec![0; 30]] {
            assert_eq!(of(&["gzip"], broken, 10), Err(Unpackable::Broken));
        }
    }

    #[test]
    fn the_limit_is_for_what_is_unpacked() {
        assert_eq!(of(&["gzip"], gzip(&[b' '; 1000]), 1000).map(|it| it.len()), Ok(1000));
        assert_eq!(of(&["gzip"], gzip(&[b' '; 1001]), 1000), Err(Unpackable::TooLarge));
        let bomb = gzip(&vec![0; 64 * 1024 * 1024]);
        assert!(bomb.len() < 128 * 1024);
        assert_eq!(of(&["gzip"], bomb, 256 * 1024), Err(Unpackable::TooLarge));
    }

    #[test]
    fn what_cannot_be_unpacked_is_named() {
        for encodings in
            [&["br"][..], &["deflate"], &["gzip, gzip"], &["gzip", "br"], &["\"gzip\""]]
        {
            let Err(Unpackable::Unknown(named)) = of(encodings, b"{}".to_vec(), 10) else {
                panic!("{encodings:?}");
            };
            assert_eq!(named, encodings.join(", "));
        }
        let long = "x".repeat(1000);
        let named = of(&[&long], b"{}".to_vec(), 10).unwrap_err();
        let answer = named.answer(10);
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(answer.body().len() < 300);
        let whole = gzip(b"{\"text\":\"a text that is long enough\"}");
        for broken in [b"{}".to_vec(), Vec::new(), whole[..whole.len() - 9].to_vec()] {
            assert_eq!(of(&["gzip"], broken, 100), Err(Unpackable::Broken));
        }
    }
}
