//! The parts of a function that delivers: the vendors, the tokens, the relay of files, the engine.

use std::sync::Arc;
use std::time::Duration;

use clients::tokens::Tokens;
use clients::{HttpVendor, Patience};
use delivery::route::Route;
use delivery::{Engine, Outages};
use lambda_runtime::Error;
use media::{COPYING, CopyPermits, HttpSource, MediaStore, Relay};
use shared::ports::Vendor;

use super::requirements::{MEDIA_BASE_URL, RECONCILE_AFTER_MINUTES};
use super::{Function, S3Copies, TIME_FOR_NEW_RECORDS, batch};

/// How long an unused connection to a vendor is kept. Lambda freezes a function between two
/// invocations. A connection that was closed meanwhile looks open until it is used, and each such
/// connection costs one failed request. So only busy connections are kept.
const IDLE_CONNECTIONS: Duration = Duration::from_secs(5);

impl Function {
    pub fn vendor(&self) -> Result<Arc<dyn Vendor>, Error> {
        let vendor = Arc::new(HttpVendor::new(IDLE_CONNECTIONS)?);
        // An instance of a function serves all integrations, and few run at once.
        Ok(Arc::new(Patience::new(vendor, self.clock())))
    }

    /// The tokens, shared with all other instances through the table.
    pub fn tokens(&self) -> Result<Arc<Tokens>, Error> {
        Ok(Arc::new(Tokens::new(self.store()?, self.clock())))
    }

    /// The media relay of a sender. `genesys` supplies Genesys' token; a sender that follows links
    /// to files at Genesys needs it.
    pub fn relay(&self, genesys: Option<(Arc<dyn Vendor>, Arc<Tokens>)>) -> Result<Relay, Error> {
        let base_url = Some(self.environment.get(MEDIA_BASE_URL)?.to_owned());
        let store =
            self.copies()?.map(|bucket| Arc::new(S3Copies::new(bucket)) as Arc<dyn MediaStore>);
        let source = Arc::new(HttpSource::new());
        let (clock, permits) = (self.clock(), CopyPermits::default());
        Ok(Relay { source, store, base_url, genesys, clock, copying: COPYING, permits })
    }

    /// Delivers the records of a queue by `route` until Lambda ends the process. `queue` is the
    /// name of the variable with the queue's URL.
    pub async fn deliver<R: Route + 'static>(
        &self,
        route: R,
        queue: &'static str,
    ) -> Result<(), Error> {
        let engine = Engine {
            route,
            store: self.store()?,
            queue: self.queue()?,
            settings: self.settings()?,
            clock: self.clock(),
            time_for_new_records: Some(TIME_FOR_NEW_RECORDS),
            reconcile_after: self.environment.minutes(RECONCILE_AFTER_MINUTES)?,
            outages: Outages::default(),
        };
        let url = self.environment.get(queue)?.to_owned();
        batch::drain(Arc::new(engine), self.clients.sqs(), url).await
    }
}
