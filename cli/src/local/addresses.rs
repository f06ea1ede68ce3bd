//! The addresses and credentials of everything that `bridge local` runs.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use simulators::GenesysSimulator;

use super::playground::Playground;
use super::traffic::Side;
use crate::only_here::free;
use crate::samples::{EVENTS_KEY, LYNN_KEY, SIGNING_SECRET, WEBHOOK_SECRET};

/// The usual addresses, one after the other.
const GENESYS: SocketAddr = here(8784);
const LYNN: SocketAddr = here(8785);
const PAGE: SocketAddr = here(8786);
const BRIDGE: SocketAddr = here(8787);
/// For the calls of a real side. 8788 is that of `make local-aws`.
pub const PUBLIC: SocketAddr = here(8789);

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

/// The lines to print; `real` are those about a real side.
pub fn lines(playground: &Playground, page: SocketAddr, real: Vec<String>) -> Vec<String> {
    let mut lines = vec![format!("The page to play both sides:  http://{page}")];
    lines.extend(real);
    let of = playground.cast.real;
    if of != Some(Side::Lynn) {
        lines.extend(to_lynn(playground));
    }
    if of != Some(Side::Genesys) {
        lines.extend(to_genesys(playground));
    }
    let config = playground.config.display();
    lines.push(format!("The bridge's configuration:   {config}"));
    if of != Some(Side::Lynn) {
        lines.push(format!(
            "Lynn, simulated:              {}  (signing secret: {SIGNING_SECRET})",
            playground.cast.vendors.lynn.webhook_url()
        ));
    }
    if of != Some(Side::Genesys) {
        lines.extend(genesys(&playground.cast.vendors.genesys));
    }
    lines.push("Ctrl-C ends it.".to_owned());
    lines
}

fn to_lynn(playground: &Playground) -> Vec<String> {
    let (bridge, name) = (&playground.bridge_url, &playground.cast.integration);
    vec![format!("The bridge, for Lynn:         {bridge}/lynn/{name}  (x-api-key: {LYNN_KEY})")]
}

fn to_genesys(playground: &Playground) -> Vec<String> {
    let at = format!("{}/genesys/{}", playground.bridge_url, playground.cast.integration);
    vec![
        format!("The bridge, for Genesys:      {at}  (secret: {WEBHOOK_SECRET})"),
        format!("The bridge, for events:       {at}/events  (x-api-key: {EVENTS_KEY})"),
    ]
}

fn genesys(simulator: &GenesysSimulator) -> Vec<String> {
    let (platform, options) = (simulator.base_url(), simulator.options());
    vec![
        format!("Genesys Cloud, simulated API: {platform}  (--api-base-url)"),
        format!("                       Login: {platform}  (--login-base-url)"),
        "Its administrator, for setup, doctor and setup rotate:".to_owned(),
        format!(
            "export GENESYS_ADMIN_CLIENT_ID={} GENESYS_ADMIN_CLIENT_SECRET={}",
            options.admin_client_id, options.admin_client_secret
        ),
    ]
}
