//! One side is real: a real Lynn with the simulated Genesys Cloud, or the reverse.
//!
//! Rule: no credential that is known to everyone opens what the real side reaches. It has those of
//! its configuration, or new ones for each run; see [`public`] for where it calls.

mod genesys;
mod lynn;
mod public;
mod words;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use serde_json::Value;
use shared::config::BaseUrl;

use self::public::Public;
use super::addresses;
use super::cast::Cast;
use super::playground::Playground;
use super::traffic::Side;
use crate::http_server::Server;
use crate::samples::Vendors;
use crate::{failure, lynn_authentication};

#[derive(Debug, Default, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// A real Lynn instead of the simulated one: the address at Lynn to which the bridge posts.
    /// LYNN_SIGNING_SECRET signs what it posts; without it, a new secret does, which is printed.
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse, group = "real")]
    real_lynn: Option<BaseUrl>,
    /// A real Genesys Cloud instead of the simulated one: a configuration file of `bridge serve`
    /// with its credentials, whose `lynn` is not used.
    #[arg(long, value_name = "CONFIG", group = "real")]
    real_genesys: Option<PathBuf>,
    /// The integration in CONFIG; needed only if it has several.
    #[arg(long, requires = "real_genesys")]
    integration: Option<String>,
    /// The address on this machine that a tunnel or a reverse proxy of yours calls for the real
    /// side; it serves nothing else. Without it: 127.0.0.1:8789, or a free port if that one is in
    /// use.
    #[arg(long, value_name = "ADDRESS", requires = "real")]
    public_listen: Option<SocketAddr>,
    /// The public address of that tunnel or proxy, for the addresses that are printed.
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse_base, requires = "real")]
    public_url: Option<BaseUrl>,
    #[command(flatten)]
    authentication: lynn_authentication::Arguments,
}

/// The real side, and how it reaches the bridge.
pub struct Real {
    what: What,
    listen: Option<SocketAddr>,
    url: Option<BaseUrl>,
}

enum What {
    Lynn(lynn::RealLynn),
    Genesys(genesys::RealGenesys),
}

impl Arguments {
    /// The real side, if there is one.
    pub fn read(&self) -> anyhow::Result<Option<Real>> {
        let what = match (&self.real_lynn, &self.real_genesys) {
            (Some(url), _) => What::Lynn(lynn::RealLynn::new(url, &self.authentication)?),
            (None, _) if self.authentication.is_given() => {
                let problem = "--lynn-auth and the other options for it need --real-lynn";
                return Err(failure::misconfigured(anyhow!(problem)));
            }
            (None, Some(file)) => {
                let read = genesys::RealGenesys::read(file, self.integration.as_deref());
                What::Genesys(read.map_err(failure::misconfigured)?)
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(Real { what, listen: self.public_listen, url: self.public_url.clone() }))
    }
}

impl Real {
    /// Replaces a simulated side in the configuration of a bridge.
    pub fn replace(&self, document: &mut Value) {
        let Some(entry) = document.pointer_mut("/integrations/0") else { return };
        match &self.what {
            What::Lynn(lynn) => entry["lynn"] = lynn.section(),
            What::Genesys(genesys) => *entry = genesys.entry(&entry["lynn"]),
        }
    }

    pub fn cast(&self, vendors: Vendors) -> Cast {
        let simulated = Cast::simulated(vendors);
        match &self.what {
            What::Lynn(lynn) => {
                Cast { lynn_key: lynn.key.clone(), real: Some(Side::Lynn), ..simulated }
            }
            What::Genesys(genesys) => {
                Cast { integration: genesys.name.clone(), real: Some(Side::Genesys), ..simulated }
            }
        }
    }

    /// Serves what the real side calls.
    pub async fn serve(&self, playground: Arc<Playground>) -> anyhow::Result<Server> {
        let address = match self.listen {
            Some(address) => address,
            None => crate::only_here::free(addresses::PUBLIC).await?,
        };
        Server::start(address, Arc::new(Public { playground }))
            .await
            .with_context(|| format!("listen on {address}; is another program using it?"))
    }

    /// The lines to print: who is real, and what must be configured there.
    pub fn lines(&self, cast: &Cast, listens: SocketAddr) -> Vec<String> {
        let base = self.url.as_ref().map(BaseUrl::as_str);
        match &self.what {
            What::Lynn(lynn) => words::of_lynn(lynn, &cast.integration, base, listens),
            What::Genesys(genesys) => words::of_genesys(genesys, base, listens),
        }
    }
}
