//! The regions of Genesys Cloud.

/// The regions' domains, from Genesys' own client library. New regions may appear.
const DOMAINS: [&str; 18] = [
    "mypurecloud.com",
    "usw2.pure.cloud",
    "sae1.pure.cloud",
    "mypurecloud.ie",
    "mypurecloud.de",
    "mec1.pure.cloud",
    "mypurecloud.jp",
    "apne3.pure.cloud",
    "apse1.pure.cloud",
    "use2.us-gov-pure.cloud",
    "cac1.pure.cloud",
    "mxc1.pure.cloud",
    "euw2.pure.cloud",
    "euc2.pure.cloud",
    "edee1.eusc-pure.cloud",
    "apne2.pure.cloud",
    "aps1.pure.cloud",
    "mypurecloud.com.au",
];

/// Whether a domain is that of a region that this version knows.
pub fn is_region(domain: &str) -> bool {
    DOMAINS.iter().any(|known| known.eq_ignore_ascii_case(domain))
}
