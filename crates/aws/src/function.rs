//! Starts a function: its settings, its log, its clients and the ports that use them.

use std::sync::Arc;
use std::time::Duration;

use clients::HttpVendor;
use clients::SystemClock;
use clients::tokens::Tokens;
use delivery::route::Route;
use delivery::{Engine, Outages, RecentStore};
use lambda_runtime::Error;
use media::{COPYING, CopyPermits, HttpSource, MediaStore, Relay};
use shared::ports::{Clock, Queue, Secrets, Store, Vendor};
use shared::settings::{Document, Settings};

use super::environment::{Environment, EnvironmentError};
use super::requirements::{
    INBOUND_QUEUE_URL, LOG_LEVEL, MEDIA_BASE_URL, MEDIA_BUCKET_DOMAIN, OUTBOUND_QUEUE_URL,
    RECONCILE_AFTER_MINUTES, Requirements, SECRET_PREFIX, SEND_MESSAGE, STACK_NAME, TABLE_NAME,
};
use super::{
    Clients, DynamoStore, QueueUrls, S3Media, SecretsManager, SqsQueue, TIME_FOR_NEW_RECORDS,
    batch, log, requirements, traces,
};

/// How long an unused connection to a vendor is kept. Lambda freezes a function between two
/// invocations. A connection that was closed meanwhile looks open until it is used, and each such
/// connection costs one failed request. So only busy connections are kept.
const IDLE_CONNECTIONS: Duration = Duration::from_secs(5);

/// A function that has started.
#[derive(Debug)]
pub struct Function {
    requirements: &'static Requirements,
    environment: Environment,
    clients: Clients,
}

impl Function {
    /// Reads the environment, starts the log and prepares the clients. Opens no connection.
    pub async fn start(requirements: &'static Requirements) -> Result<Self, Error> {
        let environment = Environment::read(requirements)?;
        let exporter = traces::start(requirements.function, &environment)?;
        log::start(environment.get(STACK_NAME)?, environment.get(LOG_LEVEL)?, exporter);
        let clients = Clients::connect().await;
        tracing::info!(
            event.name = "cold_start",
            function = requirements.function,
            "The function has started."
        );
        Ok(Self { requirements, environment, clients })
    }

    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    pub fn store(&self) -> Result<Arc<dyn Store>, Error> {
        let table = self.environment.get(TABLE_NAME)?;
        let table = Arc::new(DynamoStore::new(self.clients.dynamodb(), table, self.clock()));
        Ok(Arc::new(RecentStore::beside_older(table, self.clock())))
    }

    /// The queues that the function may send to, by its [`Requirements`].
    pub fn queue(&self) -> Result<Arc<dyn Queue>, Error> {
        let url = |resource, variable| -> Result<Option<String>, EnvironmentError> {
            let mut sends = self.requirements.permissions.iter();
            let sends = sends.any(|permission| {
                permission.resource == resource && permission.actions == SEND_MESSAGE
            });
            sends.then(|| self.environment.get(variable).map(str::to_owned)).transpose()
        };
        let urls = QueueUrls {
            inbound: url(requirements::Resource::InboundQueue, INBOUND_QUEUE_URL)?,
            outbound: url(requirements::Resource::OutboundQueue, OUTBOUND_QUEUE_URL)?,
        };
        Ok(Arc::new(SqsQueue::new(self.clients.sqs(), urls)))
    }

    /// The receive or send configuration, by `T`.
    pub fn settings<T: Document>(&self) -> Result<Arc<Settings<T>>, Error> {
        let prefix = self.environment.get(SECRET_PREFIX)?;
        let secrets = SecretsManager::new(self.clients.secrets_manager(), prefix, self.clock());
        let secrets: Arc<dyn Secrets> = Arc::new(secrets);
        Ok(Arc::new(Settings::new(secrets, self.clock())))
    }

    pub fn vendor(&self) -> Result<Arc<dyn Vendor>, Error> {
        Ok(Arc::new(HttpVendor::new(IDLE_CONNECTIONS)?))
    }

    /// The tokens, shared with all other instances through the table.
    pub fn tokens(&self) -> Result<Arc<Tokens>, Error> {
        Ok(Arc::new(Tokens::new(self.store()?, self.clock())))
    }

    /// The bucket with copies of files; `None` if the stack has no bucket.
    pub fn copies(&self) -> Result<Option<S3Media>, Error> {
        let domain = self.environment.get(MEDIA_BUCKET_DOMAIN)?;
        Ok((domain != "none").then(|| self.clients.copies(domain, self.clock())))
    }

    /// The media relay of a sender. `genesys` supplies Genesys' token; a sender that follows links
    /// to files at Genesys needs it.
    pub fn relay(&self, genesys: Option<(Arc<dyn Vendor>, Arc<Tokens>)>) -> Result<Relay, Error> {
        let base_url = Some(self.environment.get(MEDIA_BASE_URL)?.to_owned());
        let store = self.copies()?.map(|copies| Arc::new(copies) as Arc<dyn MediaStore>);
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
