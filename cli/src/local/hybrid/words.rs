//! What a person must configure at the real side, as lines to print.

use std::net::SocketAddr;

use super::genesys::RealGenesys;
use super::lynn::RealLynn;

pub fn of_lynn(
    lynn: &RealLynn,
    integration: &str,
    base: Option<&str>,
    listens: SocketAddr,
) -> Vec<String> {
    let mut lines = vec![
        format!("Lynn is REAL:                 {}", lynn.url.as_str()),
        "  Real customers get what you write as an agent or a bot on the page.".to_owned(),
        format!("  Let Lynn post its events to: {}/lynn/{integration}", public(base)),
        format!("    with the header            x-api-key: {}", lynn.key),
        format!("    or signed with the secret  {}", lynn.inbound_secret),
    ];
    lines.push(match lynn.knows_signing_secret {
        true => "  The bridge signs its posts with LYNN_SIGNING_SECRET.".to_owned(),
        false => format!("  The bridge signs its posts with {}", lynn.signing_secret),
    });
    lines.extend(reached("/lynn", integration, base, listens));
    lines
}

pub fn of_genesys(genesys: &RealGenesys, base: Option<&str>, listens: SocketAddr) -> Vec<String> {
    let (id, domain) = genesys.place();
    let (name, public) = (&genesys.name, public(base));
    let mut lines = vec![
        format!("Genesys Cloud is REAL:        integration {id} in {domain}"),
        "  Real agents get what you write as a customer on the page.".to_owned(),
        format!("  Its webhook URL must be:     {public}/genesys/{name}"),
        "    with a secret of genesys.webhookSecrets in the configuration".to_owned(),
    ];
    if genesys.takes_events() {
        lines.push(format!("  Its events must go to:       {public}/genesys/{name}/events"));
        lines.push("    with the header            x-api-key: genesys.eventsApiKey".to_owned());
    }
    lines.extend(reached("/genesys", name, base, listens));
    lines
}

fn public(base: Option<&str>) -> &str {
    base.map_or("https://YOUR-PUBLIC-HOST", |base| base.trim_end_matches('/'))
}

fn reached(route: &str, integration: &str, base: Option<&str>, listens: SocketAddr) -> Vec<String> {
    let mut lines = vec![format!(
        "  Let your tunnel or proxy call http://{listens} (never the page): it serves {route}/{integration} only, under any host name."
    )];
    if base.is_none() {
        lines.push(format!(
            "  For example: cloudflared tunnel --url http://{listens} and then its address as --public-url."
        ));
    }
    lines
}
