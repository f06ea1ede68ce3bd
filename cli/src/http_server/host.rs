//! The host that a request names: exactly one, as RFC 9112 (3.2) requires. Otherwise a proxy in
//! between may use another one than the bridge.

use http::Version;
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HostError {
    #[error("The header host is missing.")]
    Missing,
    #[error("The request has more than one host header.")]
    Several,
    #[error("The header host is not a host.")]
    Malformed,
}

/// Checks the host of a request. HTTP/1.0 need not name one.
pub(super) fn check(head: &Parts) -> Result<(), HostError> {
    let mut hosts = head.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if head.version == Version::HTTP_10 => Ok(()),
        (None, _) => Err(HostError::Missing),
        (Some(_), Some(_)) => Err(HostError::Several),
        (Some(host), None) => {
            let is_host = host.is_empty()
                || host
                    .to_str()
                    .is_ok_and(|host| !host.contains('@') && host.parse::<Authority>().is_ok());
            if is_host { Ok(()) } else { Err(HostError::Malformed) }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn of(version: Version, hosts: &[&str]) -> Result<(), HostError> {
        let mut request = Request::builder().version(version);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        check(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_request_names_one_host() {
        for good in ["b", "bridge.example.com", "127.0.0.1:8787", "[::1]:8787", "a_b:80", ""] {
            assert_eq!(of(Version::HTTP_11, &[good]), Ok(()), "{good}");
        }
        for bad in ["a b", "me@bridge", "bridge/path", "http://bridge"] {
            assert_eq!(of(Version::HTTP_11, &[bad]), Err(HostError::Malformed), "{bad}");
        }
        assert_eq!(of(Version::HTTP_11, &[]), Err(HostError::Missing));
        assert_eq!(of(Version::HTTP_10, &[]), Ok(()));
        for version in [Version::HTTP_10, Version::HTTP_11] {
            assert_eq!(of(version, &["b", "b"]), Err(HostError::Several));
        }
    }
}
