//! The whole bridge in one process: both endpoints, both senders, the scheduler and SQLite.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::media::{COPYING, CarriesFiles, CopyPermits, HttpSource, Relay, Relaying};
use anyhow::Context;
use clients::HttpVendor;
use clients::genesys::client::GenesysClient;
use clients::lynn::client::LynnClient;
use clients::tokens::Tokens;
use conversation_scheduler::ConversationScheduler;
use delivery::batch::BatchHandler;
use delivery::route::Route;
use delivery::{Engine, Outages};
use genesys_sender::GenesysRoute;
use lynn_sender::LynnRoute;
use shared::config::{ConfigFile, SendConfig};
use shared::ports::{Clock, Direction, Queue, Secrets, Store, Vendor};
use shared::settings::Settings;
use sqlite::{Database, MediaDirectory, OpenError, Worker, WorkerOptions};
use tokio::task::JoinHandle;

use crate::configuration_file::ConfigurationFile;
use crate::failure;
use crate::file_secrets::FileSecrets;
use crate::http_server::Server;
use crate::media;
use crate::only_here::OnlyHere;
use crate::readiness::{Readiness, Task};
use crate::reconciliation::{self, ReconcileAfter};
use crate::router::Router;
use crate::taps::{Taps, Untapped};

/// How long an unused connection to a vendor is kept: vendors close theirs after a minute or more.
const IDLE_CONNECTIONS: Duration = Duration::from_secs(30);
/// How long the deliveries in progress may take at shutdown: longer than any vendor's time limit.
const LAST_DELIVERIES: Duration = Duration::from_secs(25);

/// From where a bridge takes requests.
#[derive(Clone, Copy)]
enum Callers {
    Everyone,
    ThisMachine,
}

pub struct Bridge {
    server: Server,
    workers: Vec<Worker>,
    scheduler: JoinHandle<()>,
    sweeper: JoinHandle<()>,
    database: Database,
}

impl Bridge {
    /// Starts the bridge with a configuration, whose file is read again when needed.
    pub async fn start(
        config: ConfigFile,
        path: PathBuf,
        reconcile_after: ReconcileAfter,
    ) -> anyhow::Result<Self> {
        Self::start_with(config, Some(path), reconcile_after, &Untapped, Callers::Everyone).await
    }

    /// Starts a bridge that plays with simulated vendors on this machine. It takes requests of this
    /// machine only: its keys are known to everyone. Without a file, its configuration never
    /// changes.
    pub async fn play(
        config: ConfigFile,
        path: Option<PathBuf>,
        taps: &dyn Taps,
    ) -> anyhow::Result<Self> {
        Self::start_with(config, path, ReconcileAfter::default(), taps, Callers::ThisMachine).await
    }

    async fn start_with(
        config: ConfigFile,
        path: Option<PathBuf>,
        reconcile_after: ReconcileAfter,
        taps: &dyn Taps,
        callers: Callers,
    ) -> anyhow::Result<Self> {
        let file = path.map(|path| Arc::new(ConfigurationFile::new(path)));
        let listen = config.listen;
        let clock = taps.clock();
        let database = open(&config.data_directory, &clock)?;
        // After the database, whose lock reserves the directory for this process.
        let copies = MediaDirectory::open(&config.data_directory)
            .with_context(|| format!("use {}/media", config.data_directory.display()))?;
        let integrations: Vec<_> = config.integrations.keys().cloned().collect();
        let vendor = HttpVendor::new(IDLE_CONNECTIONS).context("prepare the HTTP client")?;
        let ports = Ports {
            secrets: Arc::new(FileSecrets::new(file.clone(), config)),
            store: Arc::new(database.clone()),
            queue: taps.queue(Arc::new(database.clone())),
            vendor: taps.vendor(Arc::new(vendor)),
            clock,
        };
        let (store, watched) = (Arc::clone(&ports.store), Arc::clone(&ports.clock));
        let readiness = Arc::new(Readiness::new(store, watched, file));
        let router = Router::new(
            Arc::clone(&ports.secrets),
            Arc::clone(&ports.store),
            Arc::clone(&ports.queue),
            Arc::clone(&ports.clock),
            copies.clone(),
            Arc::clone(&readiness),
        );
        router.prepare(integrations).await;
        let router = taps.requests(Arc::new(router));
        let server = match callers {
            Callers::ThisMachine => OnlyHere::serve(listen, router).await,
            Callers::Everyone => Server::start(listen, router).await,
        };
        let server =
            server.with_context(|| format!("listen on {listen}; is another program using it?"))?;
        let sweeper = media::sweep(copies.clone(), Arc::clone(&ports.clock));
        let workers = ports.workers(&database, copies, reconcile_after, taps);
        let scheduler = reconciliation::start(ports.scheduler(), reconcile_after);
        let names = ["the inbound worker", "the outbound worker"];
        let running = workers.iter().map(|worker| Task::Worker(worker.running()));
        let mut tasks: Vec<_> = names.into_iter().zip(running).collect();
        tasks.push(("the scheduler", Task::Endless(scheduler.abort_handle())));
        readiness.watch(tasks);
        Ok(Self { server, workers, scheduler, sweeper, database })
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Ends as a killed process does: requests and deliveries in progress are cut off, and what was
    /// accepted stays in the database.
    pub async fn kill(self) {
        self.server.abort().await;
        self.scheduler.abort();
        self.sweeper.abort();
        for worker in self.workers {
            worker.stop(Duration::ZERO).await;
        }
        self.database.close().await;
    }

    /// Accepts no more requests, finishes the work in progress, and closes the database. Waiting
    /// events stay in it.
    pub async fn stop(self) {
        self.server.stop().await;
        self.scheduler.abort();
        self.sweeper.abort();
        let unfinished: Vec<_> = self
            .workers
            .into_iter()
            .map(|worker| tokio::spawn(worker.stop(LAST_DELIVERIES)))
            .collect();
        for worker in unfinished {
            // A worker that panicked has left its events in the database.
            let _ = worker.await;
        }
        self.database.close().await;
    }
}

fn open(directory: &Path, clock: &Arc<dyn Clock>) -> anyhow::Result<Database> {
    Database::open(directory, Arc::clone(clock)).map_err(|error| match error {
        OpenError::Shared { .. } => failure::misconfigured(error),
        _ => error.into(),
    })
}

struct Ports {
    secrets: Arc<dyn Secrets>,
    store: Arc<dyn Store>,
    queue: Arc<dyn Queue>,
    vendor: Arc<dyn Vendor>,
    clock: Arc<dyn Clock>,
}

impl Ports {
    fn scheduler(&self) -> ConversationScheduler {
        ConversationScheduler {
            store: Arc::clone(&self.store),
            queue: Arc::clone(&self.queue),
            clock: Arc::clone(&self.clock),
        }
    }

    fn workers(
        &self,
        database: &Database,
        copies: MediaDirectory,
        reconcile_after: ReconcileAfter,
        taps: &dyn Taps,
    ) -> Vec<Worker> {
        let settings = Arc::new(Settings::new(Arc::clone(&self.secrets), Arc::clone(&self.clock)));
        let tokens =
            Arc::new(Tokens::of_sole_process(Arc::clone(&self.store), Arc::clone(&self.clock)));
        let (vendor, clock) = (&self.vendor, &self.clock);
        let genesys =
            GenesysClient::new(Arc::clone(vendor), Arc::clone(&tokens), Arc::clone(clock));
        let lynn = LynnClient::new(Arc::clone(vendor), Arc::clone(&tokens), Arc::clone(clock));
        let source = Arc::new(HttpSource::new());
        let copies = Arc::new(copies);
        let relay = |genesys| Relay {
            source: Arc::clone(&source) as _,
            store: Some(Arc::clone(&copies) as _),
            base_url: None,
            genesys,
            clock: Arc::clone(clock),
            copying: COPYING,
            permits: CopyPermits::default(),
        };
        let inbound = GenesysRoute { client: Arc::new(genesys) };
        let inbound = self.engine(inbound, relay(None), &settings, reconcile_after);
        let outbound = LynnRoute {
            client: Arc::new(lynn),
            store: Arc::clone(&self.store),
            clock: Arc::clone(clock),
        };
        let relay = relay(Some((Arc::clone(vendor), tokens)));
        let outbound = self.engine(outbound, relay, &settings, reconcile_after);
        [(Direction::Inbound, inbound), (Direction::Outbound, outbound)]
            .into_iter()
            .map(|(direction, handler)| {
                let handler = taps.deliveries(direction, handler);
                Worker::start(database.clone(), direction, handler, WorkerOptions::default())
            })
            .collect()
    }

    fn engine<R>(
        &self,
        route: R,
        relay: Relay,
        settings: &Arc<Settings<SendConfig>>,
        reconcile_after: ReconcileAfter,
    ) -> Arc<dyn BatchHandler>
    where
        R: Route + 'static,
        R::Part: CarriesFiles,
    {
        Arc::new(Engine {
            route: Relaying { route, relay },
            store: Arc::clone(&self.store),
            queue: Arc::clone(&self.queue),
            settings: Arc::clone(settings),
            clock: Arc::clone(&self.clock),
            time_for_new_records: None,
            reconcile_after: reconcile_after.0,
            outages: Outages::default(),
        })
    }
}
