//! One login at a time for all instances, and a token is used for as long as it is valid.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use clients::tokens::{Fresh, Login, Tokens};
use futures_util::future::{join, join_all, select};
use proptest::prelude::*;
use secrecy::{ExposeSecret as _, SecretString};
use shared::error::{Class, Failure};
use shared::ports::{Clock, ItemKey, Store};
use testing::{ManualClock, MemoryStore};

use crate::fault_injection::{Fault, FaultInjector, FaultyStore};

const HOUR: Duration = Duration::from_hours(1);

/// A login that counts its calls, takes some time, and fails on demand.
struct Counting {
    clock: Arc<ManualClock>,
    count: AtomicU32,
    takes: Duration,
    lifetime: Duration,
    fails: Mutex<VecDeque<bool>>,
}

#[async_trait]
impl Login for Counting {
    fn key(&self) -> ItemKey {
        ItemKey::new("token#test", "token")
    }

    async fn login(&self) -> Result<Fresh, Failure> {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::task::yield_now().await;
        self.clock.sleep(self.takes).await;
        if self.fails.lock().unwrap().pop_front().unwrap_or_default() {
            return Err(Failure::login("log in"));
        }
        Ok(Fresh { token: SecretString::from(format!("t-{number}")), lifetime: self.lifetime })
    }
}

struct Instances {
    clock: Arc<ManualClock>,
    login: Counting,
    fault_injector: Arc<FaultInjector>,
    all: Vec<Tokens>,
}

fn instances(number: usize, lifetime: Duration) -> Instances {
    let clock = Arc::new(ManualClock::new(0));
    let inner = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
    let fault_injector = Arc::new(FaultInjector::default());
    let store: Arc<dyn Store> = Arc::new(FaultyStore(inner, Arc::clone(&fault_injector)));
    let tokens = || Tokens::new(Arc::clone(&store), Arc::clone(&clock) as Arc<dyn Clock>);
    let login = Counting {
        clock: Arc::clone(&clock),
        count: AtomicU32::new(0),
        takes: Duration::from_millis(300),
        lifetime,
        fails: Mutex::default(),
    };
    Instances { all: (0..number).map(|_| tokens()).collect(), login, fault_injector, clock }
}

impl Instances {
    async fn get(&self, instance: usize) -> Result<String, Failure> {
        self.all[instance].get(&self.login).await.map(|token| token.expose_secret().to_owned())
    }

    async fn refuse(&self, instance: usize, token: &str) {
        self.all[instance].refuse(&self.login, &SecretString::from(token)).await.unwrap();
    }

    fn logins(&self) -> u32 {
        self.login.count.load(Ordering::SeqCst)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_number_of_getters_on_any_number_of_instances_log_in_once(
        getters in prop::collection::vec(0usize..4, 1..60),
        takes in 0u64..9000,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut instances = instances(4, HOUR);
            instances.login.takes = Duration::from_millis(takes);
            let tokens = join_all(getters.iter().map(|instance| instances.get(*instance))).await;
            assert!(tokens.iter().all(|token| token.as_ref().is_ok_and(|token| token == "t-1")), "{tokens:?}");
            assert_eq!(instances.logins(), 1);
        });
    }
}

#[tokio::test]
async fn a_token_is_used_until_shortly_before_its_end() {
    for (lifetime, margin) in [(HOUR, 60), (Duration::from_mins(5), 30)] {
        let instances = instances(1, lifetime);
        instances.get(0).await.unwrap();
        let moment = Duration::from_millis(1);
        instances.clock.advance(lifetime - Duration::from_secs(margin) - moment);
        assert_eq!(instances.get(0).await.unwrap(), "t-1");
        instances.clock.advance(Duration::from_millis(1));
        assert_eq!(instances.get(0).await.unwrap(), "t-2");
    }
}

#[tokio::test]
async fn others_go_on_with_the_old_token_while_one_logs_in() {
    let instances = instances(2, HOUR);
    instances.get(0).await.unwrap();
    instances.get(1).await.unwrap();
    instances.clock.advance(Duration::from_millis(3_570_000));
    let (first, second) = join(instances.get(0), instances.get(1)).await;
    assert_eq!((first.unwrap().as_str(), second.unwrap().as_str()), ("t-2", "t-1"));
    assert_eq!(instances.get(1).await.unwrap(), "t-2");
    assert_eq!(instances.logins(), 2);
}

#[tokio::test]
async fn a_refused_token_is_dropped_only_where_it_is_in_use() {
    let instances = instances(2, HOUR);
    instances.get(0).await.unwrap();
    instances.get(1).await.unwrap();
    instances.refuse(0, "t-1").await;
    assert_eq!(instances.get(0).await.unwrap(), "t-2");
    // The other instance gets the refusal later. By then there is a new token, which stays.
    instances.refuse(1, "t-1").await;
    assert_eq!(instances.get(1).await.unwrap(), "t-2");
    instances.refuse(0, "t-1").await;
    assert_eq!(instances.get(0).await.unwrap(), "t-2");
    assert_eq!(instances.logins(), 2);
}

#[tokio::test]
async fn a_login_that_fails_gives_the_lease_back() {
    let instances = instances(2, HOUR);
    instances.login.fails.lock().unwrap().push_back(true);
    assert!(instances.get(0).await.unwrap_err().login_refused);
    let start = instances.clock.now();
    assert_eq!(instances.get(1).await.unwrap(), "t-2");
    assert_eq!(instances.clock.now().since(start), 300);
}

#[tokio::test]
async fn a_login_that_fails_leaves_the_old_token_to_all_while_it_holds() {
    let instances = instances(2, HOUR);
    instances.get(0).await.unwrap();
    instances.clock.advance(Duration::from_millis(3_570_000));
    instances.login.fails.lock().unwrap().push_back(true);
    let (first, second) = join(instances.get(0), instances.get(1)).await;
    assert_eq!((first.unwrap(), second.unwrap()), ("t-1".to_owned(), "t-1".to_owned()));
    instances.clock.advance(Duration::from_secs(31));
    instances.login.fails.lock().unwrap().push_back(true);
    assert!(instances.get(0).await.is_err());
}

#[tokio::test]
async fn while_one_task_logs_in_the_others_go_on_with_the_old_token() {
    let instances = instances(1, HOUR);
    instances.get(0).await.unwrap();
    instances.clock.advance(Duration::from_millis(3_570_000));
    let (first, second) = join(instances.get(0), instances.get(0)).await;
    assert_eq!((first.unwrap(), second.unwrap()), ("t-2".to_owned(), "t-1".to_owned()));
}

#[tokio::test]
async fn the_lease_of_a_holder_that_died_is_taken_over_after_its_time() {
    let instances = instances(2, HOUR);
    let start = instances.clock.now();
    // The instance reads, takes the lease, logs in, and then dies.
    instances.fault_injector.arm(Some(4));
    select(Box::pin(instances.get(0)), Box::pin(instances.fault_injector.death())).await;
    // It was armed to die at its next call of the store, which comes after the login.
    assert_eq!(instances.logins(), 1);
    instances.fault_injector.arm(None);
    assert_eq!(instances.get(1).await.unwrap(), "t-2");
    let after = instances.clock.now().since(start);
    assert!((14_000..15_000).contains(&after), "{after}");
}

/// The clock is set back to the time of a failed login, which is over.
#[tokio::test]
async fn a_login_that_failed_long_ago_is_not_shared_again() {
    let instances = instances(1, HOUR);
    instances.login.fails.lock().unwrap().push_back(true);
    instances.get(0).await.unwrap_err();
    instances.clock.advance(Duration::from_secs(45));
    instances.clock.set_back(Duration::from_secs(45));
    assert_eq!(instances.get(0).await.unwrap(), "t-2");
}

/// The clock of a machine was two hours ahead and is corrected.
#[tokio::test]
async fn a_clock_that_is_set_back_delays_no_login() {
    let back = Duration::from_secs(7200);
    let instances = instances(2, HOUR);
    instances.login.fails.lock().unwrap().push_back(true);
    instances.get(0).await.unwrap_err();
    instances.clock.set_back(back);
    assert_eq!(instances.get(0).await.unwrap(), "t-2");
    // A token that seems to live two hours longer does not count as fresh.
    instances.clock.set_back(back);
    assert_eq!(instances.get(0).await.unwrap(), "t-3");
    // The lease of a dead instance has ended too.
    instances.refuse(0, "t-3").await;
    instances.fault_injector.arm(Some(4));
    select(Box::pin(instances.get(0)), Box::pin(instances.fault_injector.death())).await;
    instances.fault_injector.arm(None);
    instances.clock.set_back(back);
    let start = instances.clock.now();
    instances.get(1).await.unwrap();
    let waited = instances.clock.now().since(start);
    assert!(waited < 15_000, "{waited}");
}

#[tokio::test]
async fn a_new_token_that_could_not_be_shared_serves_all_the_same() {
    let instances = instances(2, HOUR);
    instances.fault_injector.faults.lock().unwrap().extend([
        Fault::None,
        Fault::None,
        Fault::Before,
    ]);
    assert_eq!(instances.get(0).await.unwrap(), "t-1");
    assert_eq!(instances.get(0).await.unwrap(), "t-1");
    assert_eq!(instances.logins(), 1);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_no_attempt() {
    let instances = instances(1, HOUR);
    instances.fault_injector.faults.lock().unwrap().push_back(Fault::Before);
    let failure = instances.get(0).await.unwrap_err();
    assert!(!failure.attempted && failure.class == Class::Retry);
    assert_eq!(instances.get(0).await.unwrap(), "t-1");
}
