//! Whether the bridge runs, and what its clock says.

use http::{HeaderMap, Method};
use shared::ports::VendorResponse;

use super::clocks;
use super::{Check, Finding, Web};

pub const SAY_WHERE: &str = "give its address: --bridge-url https://…";

pub async fn check(web: &Web, bridge: Option<&str>) -> Vec<Finding> {
    let Some(bridge) = bridge else {
        let reason = "not checked: the configuration does not have the bridge's address";
        let warn = |check: Check| check.warn(reason, SAY_WHERE);
        return vec![warn(Check::BridgeRunning), warn(Check::BridgeClock)];
    };
    let url = format!("{}/health", bridge.trim_end_matches('/'));
    let answer = web.ask(Method::GET, &url, HeaderMap::new(), "").await;
    let ahead = answer.as_ref().ok().and_then(|answer| web.ahead(answer));
    let running = assess(bridge, &answer);
    let clock = match &answer {
        Ok(_) => clocks::assess(Check::BridgeClock, "the bridge", ahead),
        Err(_) => {
            super::unavailable::Unavailable::after(Check::BridgeRunning).finding(Check::BridgeClock)
        }
    };
    vec![running, clock]
}

fn assess(bridge: &str, answer: &Result<VendorResponse, String>) -> Finding {
    let check = Check::BridgeRunning;
    match answer {
        Ok(answer) if answer.status == 200 => check.ok(format!("{bridge} answers")),
        Ok(answer) => check.fail(
            format!("{bridge}/health answered {}", answer.status),
            "check the address and the settings of the proxy",
        ),
        Err(why) => check.fail(
            format!("{bridge} does not answer: {why}"),
            "start `bridge serve`, or check the stack; or give its address: --bridge-url",
        ),
    }
}
