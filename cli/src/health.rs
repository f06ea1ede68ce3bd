//! `bridge health`: asks a running bridge for `/health`, where nothing else could: the image has no
//! shell.

use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use clients::HttpVendor;
use http::{HeaderMap, Method};
use shared::ports::{Vendor as _, VendorRequest};

use crate::output;

const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The address of the bridge.
    #[arg(long, default_value = "http://127.0.0.1:8787")]
    url: String,
}

/// Prints the answer; an error unless that is 200.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let url = format!("{}/health", arguments.url.trim_end_matches('/'));
    let vendor = HttpVendor::new(TIMEOUT).context("prepare the HTTP client")?;
    let request = VendorRequest {
        method: Method::GET,
        url: url.clone(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        timeout: TIMEOUT,
    };
    let answer = vendor
        .call(request)
        .await
        .with_context(|| format!("ask {url}; is the bridge running there?"))?;
    if answer.status != 200 {
        bail!("{url} answered {}; see the bridge's log", answer.status);
    }
    output::line(format_args!("{}", String::from_utf8_lossy(&answer.body).trim_end()));
    Ok(())
}
