//! Waits less long for a vendor that just gave no answer, so that its time-outs take less of the
//! time of a process that serves other integrations too.
//!
//! Rules: Only a call that got no answer shortens the wait for the next ones to the same host, and
//! any answer ends that. Each further call without an answer lengthens the wait again, so that a
//! vendor that has become slow is heard in the end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use shared::lock::lock;
use shared::ports::{Clock, Vendor, VendorError, VendorRequest, VendorResponse};
use shared::time::Timestamp;
use url::Url;

/// The wait after a first call without an answer, and after a second one. Then it doubles.
const FIRST: Duration = Duration::from_secs(2);
/// The most hosts that are remembered. Without a memory, a vendor only gets more time.
const MOST: usize = 256;

/// A vendor whose silent hosts get less time.
pub struct Patience {
    inner: Arc<dyn Vendor>,
    clock: Arc<dyn Clock>,
    silent: Mutex<HashMap<String, Silence>>,
}

/// The calls to one host since its last answer.
#[derive(Clone, Copy)]
struct Silence {
    calls: u32,
    /// When the last of them ended.
    since: Timestamp,
}

impl Silence {
    fn limit(self) -> Duration {
        FIRST * 2_u32.saturating_pow(self.calls.saturating_sub(2).min(8))
    }
}

impl Patience {
    pub fn new(inner: Arc<dyn Vendor>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, silent: Mutex::default() }
    }

    fn limit(&self, host: &str) -> Option<Duration> {
        lock(&self.silent).get(host).map(|silence| silence.limit())
    }

    fn observe(
        &self,
        host: String,
        began: Timestamp,
        answer: &Result<VendorResponse, VendorError>,
    ) {
        let mut silent = lock(&self.silent);
        match answer {
            Ok(_) => drop(silent.remove(&host)),
            // It ends soon enough, and says nothing about how long an answer takes.
            Err(VendorError::NotSent(_)) => {}
            Err(VendorError::Uncertain(_)) => {
                if silent.len() >= MOST {
                    silent.clear();
                }
                let since = self.clock.now();
                let silence = silent.entry(host).or_insert(Silence { calls: 0, since: began });
                // Calls side by side show the same silence.
                if silence.calls == 0 || began >= silence.since {
                    *silence = Silence { calls: silence.calls.saturating_add(1), since };
                }
            }
        }
    }
}

#[async_trait]
impl Vendor for Patience {
    async fn call(&self, mut request: VendorRequest) -> Result<VendorResponse, VendorError> {
        let host = Url::parse(&request.url).ok();
        let host = host.map(|url| url[..url::Position::BeforePath].to_owned()).unwrap_or_default();
        if let Some(limit) = self.limit(&host) {
            request.timeout = request.timeout.min(limit);
        }
        let began = self.clock.now();
        let answer = self.inner.call(request).await;
        self.observe(host, began, &answer);
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use bytes::Bytes;
    use http::{HeaderMap, Method};
    use proptest::prelude::*;

    use super::*;

    const USUAL: Duration = Duration::from_secs(10);

    struct Now(AtomicI64);

    #[async_trait]
    impl Clock for Now {
        fn now(&self) -> Timestamp {
            Timestamp::from_milliseconds(self.0.load(Ordering::Relaxed))
        }

        fn random(&self) -> u64 {
            7
        }

        async fn sleep(&self, duration: Duration) {
            let milliseconds = i64::try_from(duration.as_millis()).unwrap();
            self.0.fetch_add(milliseconds, Ordering::Relaxed);
        }
    }

    /// Answers each call after this many milliseconds, or not within its time.
    struct After {
        clock: Arc<Now>,
        takes: Mutex<u64>,
        /// The time that each call had.
        limits: Mutex<Vec<u64>>,
    }

    #[async_trait]
    impl Vendor for After {
        async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError> {
            lock(&self.limits).push(request.timeout.as_secs());
            let takes = Duration::from_millis(*lock(&self.takes));
            self.clock.sleep(takes.min(request.timeout)).await;
            if takes > request.timeout {
                return Err(VendorError::Uncertain("no answer in time".into()));
            }
            Ok(VendorResponse { status: 503, headers: HeaderMap::new(), body: Bytes::new() })
        }
    }

    struct Scene {
        vendor: Arc<After>,
        patience: Patience,
    }

    impl Scene {
        fn new() -> Self {
            let clock = Arc::new(Now(AtomicI64::new(0)));
            let vendor = After {
                clock: Arc::clone(&clock),
                takes: Mutex::default(),
                limits: Mutex::default(),
            };
            let vendor = Arc::new(vendor);
            let patience = Patience::new(Arc::clone(&vendor) as _, clock);
            Self { vendor, patience }
        }

        /// Calls a host that answers after these milliseconds.
        fn call(&self, host: &str, takes: u64) -> bool {
            *lock(&self.vendor.takes) = takes;
            let request = VendorRequest {
                method: Method::POST,
                url: format!("https://{host}.test/path?contact=ana"),
                headers: HeaderMap::new(),
                body: Bytes::new(),
                timeout: USUAL,
            };
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(self.patience.call(request)).is_ok()
        }

        fn limits(&self) -> Vec<u64> {
            std::mem::take(&mut lock(&self.vendor.limits))
        }
    }

    #[test]
    fn a_host_that_gave_no_answer_gets_less_time_until_it_answers() {
        let scene = Scene::new();
        for _ in 0..6 {
            scene.call("lynn", 60_000);
        }
        assert_eq!(scene.limits(), [10, 2, 2, 4, 8, 10]);
        assert!(scene.call("lynn", 9_000) && scene.call("lynn", 9_000));
        assert!(!scene.call("lynn", 60_000));
        assert!(scene.call("other", 9_000), "another host");
        assert!(scene.call("lynn", 1_000), "any status is an answer");
        assert!(scene.call("lynn", 9_000));
        assert_eq!(scene.limits(), [10, 10, 10, 10, 2, 10]);
    }

    #[test]
    fn calls_side_by_side_show_one_silence() {
        let scene = Scene::new();
        let lost = || Err(VendorError::Uncertain("lost".into()));
        scene.call("lynn", 60_000);
        for _ in 0..9 {
            scene.patience.observe(
                "https://lynn.test".to_owned(),
                Timestamp::from_milliseconds(0),
                &lost(),
            );
        }
        scene.call("lynn", 60_000);
        assert_eq!(scene.limits(), [10, 2]);
    }

    #[test]
    fn a_connection_that_is_refused_says_nothing_of_the_time_of_an_answer() {
        let scene = Scene::new();
        let refused = Err(VendorError::NotSent("refused".into()));
        scene.patience.observe(
            "https://lynn.test".to_owned(),
            Timestamp::from_milliseconds(0),
            &refused,
        );
        scene.call("lynn", 0);
        assert_eq!(scene.limits(), [10]);
    }

    proptest! {
        /// A vendor that answers within the usual time is heard after at most five more calls,
        /// whatever came before.
        #[test]
        fn an_answer_in_time_is_heard(before in prop::collection::vec(0_u64..30_000, 0..20), takes in 0_u64..10_000) {
            let scene = Scene::new();
            for takes in before {
                scene.call("lynn", takes);
            }
            prop_assert!((0..5).any(|_| scene.call("lynn", takes)));
        }
    }
}
