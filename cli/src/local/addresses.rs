//! The addresses and credentials of everything that `bridge local` runs.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use super::playground::Playground;
use crate::only_here::free;
use crate::samples::{EVENTS_KEY, INTEGRATION, LYNN_KEY, SIGNING_SECRET, WEBHOOK_SECRET};

/// The usual addresses, one after the other.
const GENESYS: SocketAddr = here(8784);
const LYNN: SocketAddr = here(8785);
const PAGE: SocketAddr = here(8786);
const BRIDGE: SocketAddr = here(8787);

const fn here(port: u16) -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

/// Where everything listens: at its usual address if that is free. The simulators look for
/// themselves.
pub struct Addresses {
    pub genesys: SocketAddr,
    pub lynn: SocketAddr,
    pub page: SocketAddr,
    pub bridge: SocketAddr,
}

impl Addresses {
    /// `page` may be chosen.
    pub async fn choose(page: Option<SocketAddr>) -> anyhow::Result<Self> {
        let page = match page {
            Some(page) => page,
            None => free(PAGE).await?,
        };
        Ok(Self { genesys: GENESYS, lynn: LYNN, page, bridge: free(BRIDGE).await? })
    }
}

/// The lines to print.
pub fn lines(playground: &Playground, page: SocketAddr) -> Vec<String> {
    let bridge = &playground.bridge_url;
    let (genesys, lynn) = (&playground.vendors.genesys, &playground.vendors.lynn);
    let (platform, options) = (genesys.base_url(), genesys.options());
    vec![
        format!("The page to play both sides:  http://{page}"),
        format!(
            "The bridge, for Lynn:         {bridge}/lynn/{INTEGRATION}  (x-api-key: {LYNN_KEY})"
        ),
        format!(
            "The bridge, for Genesys:      {bridge}/genesys/{INTEGRATION}  (secret: {WEBHOOK_SECRET})"
        ),
        format!(
            "The bridge, for events:       {bridge}/genesys/{INTEGRATION}/events  (x-api-key: {EVENTS_KEY})"
        ),
        format!("The bridge's configuration:   {}", playground.config.display()),
        format!(
            "Lynn, simulated:              {}  (signing secret: {SIGNING_SECRET})",
            lynn.webhook_url()
        ),
        format!("Genesys Cloud, simulated API: {platform}  (--api-base-url)"),
        format!("                       Login: {platform}  (--login-base-url)"),
        "Its administrator, for setup, doctor and setup rotate:".to_owned(),
        format!(
            "export GENESYS_ADMIN_CLIENT_ID={} GENESYS_ADMIN_CLIENT_SECRET={}",
            options.admin_client_id, options.admin_client_secret
        ),
        "Ctrl-C ends it.".to_owned(),
    ]
}
