//! Whether the bridge runs, and what its clock says.

use http::{HeaderMap, Method};
use shared::ports::VendorResponse;

use super::check::Check;
use super::clocks;
use super::finding::Finding;
use super::web::Web;

/// What to do when it is not known where the bridge is.
pub const SAY_WHERE: &str = "say where it answers: --bridge-url https://…";

/// Asks `/health`.
pub async fn look(web: &Web, bridge: Option<&str>) -> Vec<Finding> {
    let Some(bridge) = bridge else {
        let reason = "not looked at: the configuration does not say where the bridge answers";
        let warn = |check| Finding::warn(check, reason, SAY_WHERE);
        return vec![warn(Check::BridgeRunning), warn(Check::BridgeClock)];
    };
    let url = format!("{}/health", bridge.trim_end_matches('/'));
    let answer = web.ask(Method::GET, &url, HeaderMap::new(), "").await;
    let ahead = answer.as_ref().ok().and_then(|answer| web.ahead(answer));
    let running = judge(bridge, &answer);
    let clock = match &answer {
        Ok(_) => clocks::judge(Check::BridgeClock, "the bridge", ahead),
        Err(_) => super::blind::Blind::after(Check::BridgeRunning).finding(Check::BridgeClock),
    };
    vec![running, clock]
}

fn judge(bridge: &str, answer: &Result<VendorResponse, String>) -> Finding {
    let check = Check::BridgeRunning;
    match answer {
        Ok(answer) if answer.status == 200 => Finding::ok(check, format!("{bridge} answers")),
        Ok(answer) => Finding::fail(
            check,
            format!("{bridge}/health answered {}", answer.status),
            "see that the address is the bridge's, and its proxy's set-up",
        ),
        Err(why) => Finding::fail(
            check,
            format!("{bridge} does not answer: {why}"),
            "start `bridge serve`, or see to the stack; or say where it answers: --bridge-url",
        ),
    }
}
