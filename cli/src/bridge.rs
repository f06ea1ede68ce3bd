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
use lynn_sender::{LynnRoute, Questions};
use shared::config::{ConfigFile, Notify, SendConfig};
use shared::ports::{Clock, Direction, Queue, Secrets, Store, Vendor};
use shared::settings::Settings;
use sqlite::{Database, MediaDirectory, OpenError, Visitor, Worker, WorkerOptions};
use tokio::task::JoinHandle;

use crate::configuration_file::ConfigurationFile;
use crate::failure;
use crate::file_secrets::FileSecrets;
use crate::http_server::{RequestHandler, Server};
use crate::media;
use crate::metrics::{Metrics, Sources};
use crate::notify::Notifier;
use crate::readiness::{Readiness, Task};
use crate::reconciliation::{self, ReconcileAfter};
use crate::router::Router;
use crate::same_origin::SameOrigin;
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
    metrics: Option<Server>,
    notifier: Option<JoinHandle<()>>,
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
        let (listen, metrics_listen) = (config.listen, config.metrics_listen);
        let notify = config.notify.clone();
        let metrics = Metrics::start(&config)?;
        let directory = config.data_directory.clone();
        let clock = taps.clock();
        let database = open(&config.data_directory, &clock)?;
        if let Some(metrics) = &metrics {
            metrics.recall(&database).await;
        }
        // After the database, whose lock reserves the directory for this process.
        let copies = MediaDirectory::open(&config.data_directory)
            .with_context(|| format!("use {}/media", config.data_directory.display()))?;
        let integrations: Vec<_> = config.integrations.keys().cloned().collect();
        let vendor = HttpVendor::new(IDLE_CONNECTIONS).context("prepare the HTTP client")?;
        let rows: Arc<dyn Store> = Arc::new(database.clone());
        let store: Arc<dyn Store> = Arc::new(sqlite::with_lists(rows, Arc::clone(&clock)));
        let queues = queues(&database, &store, metrics.as_ref());
        let [accepting, sending] = queues.map(|queue| taps.queue(queue));
        let ports = Ports {
            secrets: Arc::new(FileSecrets::new(file.clone(), config)),
            store,
            queue: sending,
            vendor: taps.vendor(Arc::new(vendor)),
            clock,
        };
        let (store, watched) = (Arc::clone(&ports.store), Arc::clone(&ports.clock));
        let readiness = Arc::new(Readiness::new(store, watched, file.clone()));
        let router = Router::new(
            Arc::clone(&ports.secrets),
            Arc::clone(&ports.store),
            accepting,
            Arc::clone(&ports.clock),
            copies.clone(),
            Arc::clone(&readiness),
        );
        router.prepare(integrations).await;
        let mut router: Arc<dyn RequestHandler> = Arc::new(router);
        if let Some(metrics) = &metrics {
            router = metrics.of_requests(router);
        }
        let router = taps.requests(router);
        let server = match callers {
            Callers::ThisMachine => SameOrigin::serve(listen, router).await,
            Callers::Everyone => Server::start(listen, router).await,
        };
        let server =
            server.with_context(|| format!("listen on {listen}; is another program using it?"))?;
        let clients = ports.clients();
        let visitor = Visitor::open(&directory, Arc::clone(&ports.clock))?;
        let notifier =
            notify.map(|notify| ports.notifier(notify, visitor.clone(), file.clone()).start());
        let metrics = match metrics.zip(metrics_listen) {
            None => None,
            Some((metrics, address)) => {
                let Clients { genesys, tokens, .. } = clients.clone();
                let sources = Sources { visitor, genesys, tokens, file };
                Some(metrics.serve(address, sources).await?)
            }
        };
        // After everything that may fail: it looks for files at once.
        let sweeper = media::sweep(copies.clone(), Arc::clone(&ports.clock));
        let workers = ports.workers(&database, copies, reconcile_after, clients, taps);
        let scheduler = reconciliation::start(ports.scheduler(), reconcile_after);
        let names = ["the inbound worker", "the outbound worker"];
        let running = workers.iter().map(|worker| Task::Worker(worker.running()));
        let mut tasks: Vec<_> = names.into_iter().zip(running).collect();
        tasks.push(("the scheduler", Task::Endless(scheduler.abort_handle())));
        readiness.watch(tasks);
        Ok(Self { server, workers, scheduler, sweeper, database, metrics, notifier })
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
        if let Some(notifier) = self.notifier {
            notifier.abort();
        }
        let unfinished: Vec<_> = self
            .workers
            .into_iter()
            .map(|worker| tokio::spawn(worker.stop(LAST_DELIVERIES)))
            .collect();
        for worker in unfinished {
            // A worker that panicked has left its events in the database.
            let _ = worker.await;
        }
        if let Some(metrics) = self.metrics {
            metrics.stop().await;
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

/// The queues for the endpoints and for the senders; with metrics, they count.
fn queues(
    database: &Database,
    store: &Arc<dyn Store>,
    metrics: Option<&Metrics>,
) -> [Arc<dyn Queue>; 2] {
    let queue = || Arc::new(database.clone()) as Arc<dyn Queue>;
    let Some(metrics) = metrics else { return [queue(), queue()] };
    [
        metrics.of_endpoints(queue(), Arc::clone(store)),
        metrics.of_senders(queue(), Arc::clone(store)),
    ]
}

struct Ports {
    secrets: Arc<dyn Secrets>,
    store: Arc<dyn Store>,
    queue: Arc<dyn Queue>,
    vendor: Arc<dyn Vendor>,
    clock: Arc<dyn Clock>,
}

/// The clients of both vendors.
#[derive(Clone)]
struct Clients {
    tokens: Arc<Tokens>,
    genesys: Arc<GenesysClient>,
    lynn: Arc<LynnClient>,
}

impl Ports {
    fn clients(&self) -> Clients {
        let Self { store, vendor, clock, .. } = self;
        let tokens = Arc::new(Tokens::of_sole_process(Arc::clone(store), Arc::clone(clock)));
        let shared = || (Arc::clone(vendor), Arc::clone(&tokens), Arc::clone(clock));
        let (vendor, tokens_of, clock) = shared();
        let genesys = Arc::new(GenesysClient::new(vendor, tokens_of, clock));
        let (vendor, tokens_of, clock) = shared();
        let lynn = Arc::new(LynnClient::new(vendor, tokens_of, clock));
        Clients { tokens, genesys, lynn }
    }

    fn notifier(
        &self,
        notify: Notify,
        visitor: Visitor,
        file: Option<Arc<ConfigurationFile>>,
    ) -> Notifier {
        let Self { store, vendor, clock, .. } = self;
        let (store, vendor, clock) = (Arc::clone(store), Arc::clone(vendor), Arc::clone(clock));
        Notifier { notify, store, vendor, clock, visitor, file }
    }

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
        clients: Clients,
        taps: &dyn Taps,
    ) -> Vec<Worker> {
        let settings = Arc::new(Settings::new(Arc::clone(&self.secrets), Arc::clone(&self.clock)));
        let Clients { tokens, genesys, lynn } = clients;
        let (vendor, clock) = (&self.vendor, &self.clock);
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
        let inbound = GenesysRoute { client: genesys };
        let inbound = self.engine(inbound, relay(None), &settings, reconcile_after);
        let outbound = LynnRoute {
            client: lynn,
            store: Arc::clone(&self.store),
            clock: Arc::clone(clock),
            watch: taps.templates(),
            questions: Questions::default(),
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
