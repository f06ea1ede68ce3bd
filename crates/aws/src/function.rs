//! Starts a function: its settings, its log, its clients and the ports that use them.

use std::sync::Arc;

use clients::SystemClock;
#[cfg(feature = "store")]
use delivery::RecentStore;
use lambda_runtime::Error;
#[cfg(feature = "store")]
use shared::ports::Store;
use shared::ports::{Clock, Queue};
#[cfg(feature = "settings")]
use shared::{
    ports::Secrets,
    settings::{Document, Settings},
};

use super::environment::{Environment, EnvironmentError};
use super::requirements::{
    self, INBOUND_QUEUE_URL, LOG_LEVEL, OUTBOUND_QUEUE_URL, Requirements, SEND_MESSAGE, STACK_NAME,
};
use super::{Clients, QueueUrls, SqsQueue, log, shutdown, traces};

/// A function that has started.
#[derive(Debug)]
pub struct Function {
    requirements: &'static Requirements,
    pub(super) environment: Environment,
    pub(super) clients: Clients,
}

impl Function {
    /// Reads the environment, starts the log and prepares the clients. Opens no connection to a
    /// service.
    pub async fn start(requirements: &'static Requirements) -> Result<Self, Error> {
        let environment = Environment::read(requirements)?;
        let exporter = traces::start(requirements.function, &environment)?;
        let end = shutdown::announced(requirements.function).await;
        log::start(environment.get(STACK_NAME)?, environment.get(LOG_LEVEL)?, exporter, end);
        let clients = Clients::of_lambda();
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

    /// The table with the records in the recent lists of conversations.
    #[cfg(feature = "store")]
    pub fn store(&self) -> Result<Arc<dyn Store>, Error> {
        Ok(Arc::new(RecentStore::beside_older(self.table()?, self.clock())))
    }

    /// The table for a function that neither reads nor writes records of events.
    #[cfg(feature = "store")]
    pub fn table(&self) -> Result<Arc<dyn Store>, Error> {
        let table = self.environment.get(requirements::TABLE_NAME)?;
        Ok(Arc::new(super::DynamoStore::new(self.clients.dynamodb(), table, self.clock())))
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
    #[cfg(feature = "settings")]
    pub fn settings<T: Document>(&self) -> Result<Arc<Settings<T>>, Error> {
        let prefix = self.environment.get(requirements::SECRET_PREFIX)?;
        let client = self.clients.secrets_manager();
        let secrets = super::SecretsManager::new(client, prefix, self.clock());
        let secrets: Arc<dyn Secrets> = Arc::new(secrets);
        Ok(Arc::new(Settings::new(secrets, self.clock())))
    }

    /// The bucket with copies of files; `None` if the stack has no bucket.
    #[cfg(feature = "links")]
    pub fn copies(&self) -> Result<Option<super::S3Media>, Error> {
        let domain = self.environment.get(requirements::MEDIA_BUCKET_DOMAIN)?;
        Ok((domain != "none").then(|| self.clients.copies(domain, self.clock())))
    }
}
