//! The connection slots: a fixed number, and which connection gives way when all are in use.
//!
//! Rule: a new client is never refused while another connection only waits. Of the client with the
//! most connections, the one that has waited longest for its client gives way. A connection that
//! waits for the bridge never does.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard};

use shared::lock::lock;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

pub(super) struct ConnectionSlots {
    free: Arc<Semaphore>,
    waiting: Mutex<Waiting>,
    /// Notified when a connection begins to wait.
    begun: Notify,
}

/// Connections that wait for their clients, by client, the longest wait first.
#[derive(Default)]
struct Waiting {
    last: u64,
    clients: HashMap<IpAddr, BTreeMap<u64, Arc<Notify>>>,
}

/// The slot of one connection; free again when it is dropped.
pub(super) struct ConnectionSlot {
    slots: Arc<ConnectionSlots>,
    client: IpAddr,
    /// Since when it waits for its client, if it does.
    since: Mutex<Option<u64>>,
    leave: Arc<Notify>,
    _free: Option<OwnedSemaphorePermit>,
}

impl ConnectionSlots {
    /// Creates this number of free slots.
    pub(super) fn new(number: usize) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(number)),
            waiting: Mutex::default(),
            begun: Notify::new(),
        })
    }

    /// A slot for a connection from this address; another connection gives way if necessary.
    pub(super) async fn take(self: &Arc<Self>, address: IpAddr) -> ConnectionSlot {
        let free = match Arc::clone(&self.free).try_acquire_owned() {
            Ok(free) => Some(free),
            Err(_) => self.make_room().await,
        };
        let slot = ConnectionSlot {
            slots: Arc::clone(self),
            client: client(address),
            since: Mutex::new(None),
            leave: Arc::new(Notify::new()),
            _free: free,
        };
        slot.waits();
        slot
    }

    /// `None` only if the semaphore were closed, which never happens.
    async fn make_room(&self) -> Option<OwnedSemaphorePermit> {
        let freed = Arc::clone(&self.free).acquire_owned();
        tokio::pin!(freed);
        loop {
            if self.send_one_away() {
                return freed.await.ok();
            }
            tokio::select! {
                free = &mut freed => return free.ok(),
                () = self.begun.notified() => {}
            }
        }
    }

    fn send_one_away(&self) -> bool {
        let mut waiting = self.waiting();
        let Some(most) = waiting.clients.values_mut().max_by_key(|connections| connections.len())
        else {
            return false;
        };
        let Some((_, leave)) = most.pop_first() else { return false };
        leave.notify_one();
        waiting.clients.retain(|_, connections| !connections.is_empty());
        true
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }
}

impl ConnectionSlot {
    /// From now on the connection waits for its client: for a head, for a body, or to read an
    /// answer. Returns whether it did so already.
    pub(super) fn waits(&self) -> bool {
        let mut since = lock(&self.since);
        let mut waiting = self.slots.waiting();
        let before = since.take();
        if let Some(before) = before {
            waiting.remove(self.client, before);
        }
        waiting.last += 1;
        let turn = waiting.last;
        let connections = waiting.clients.entry(self.client).or_default();
        connections.insert(turn, Arc::clone(&self.leave));
        *since = Some(turn);
        self.slots.begun.notify_waiters();
        before.is_some()
    }

    /// From now on the client waits for the bridge.
    pub(super) fn works(&self) {
        let since = lock(&self.since).take();
        if let Some(since) = since {
            self.slots.waiting().remove(self.client, since);
        }
    }

    /// The client's address; for IPv6, its whole network.
    pub(super) fn client(&self) -> IpAddr {
        self.client
    }

    /// Notifies when the connection must give way.
    pub(super) fn leave(&self) -> Arc<Notify> {
        Arc::clone(&self.leave)
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.works();
    }
}

impl Waiting {
    fn remove(&mut self, client: IpAddr, turn: u64) {
        if let Some(connections) = self.clients.get_mut(&client) {
            connections.remove(&turn);
            if connections.is_empty() {
                self.clients.remove(&client);
            }
        }
    }
}

/// One client may have a whole IPv6 network.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;
    use tokio::time::timeout;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn has_to_leave(slot: &ConnectionSlot) -> bool {
        slot.leave().notified().now_or_never().is_some()
    }

    #[tokio::test]
    async fn the_longest_wait_of_the_client_with_the_most_gives_way() {
        let slots = ConnectionSlots::new(4);
        let honest = slots.take(address("192.0.2.1")).await;
        let (first, second, third) = (
            slots.take(address("2001:db8::1")).await,
            slots.take(address("2001:db8::2")).await,
            slots.take(address("2001:db8::3")).await,
        );
        first.works();
        let newcomer = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move { slots.take(address("198.51.100.1")).await }
        });
        timeout(Duration::from_secs(5), second.leave().notified()).await.unwrap();
        assert!(!newcomer.is_finished());
        drop(second);
        newcomer.await.unwrap();
        assert!(![&honest, &first, &third].into_iter().any(has_to_leave));
    }

    #[tokio::test]
    async fn while_all_work_a_newcomer_waits_for_the_first_who_waits() {
        let slots = ConnectionSlots::new(2);
        let (one, other) =
            (slots.take(address("192.0.2.1")).await, slots.take(address("192.0.2.1")).await);
        one.works();
        other.works();
        let taking = slots.take(address("192.0.2.2"));
        tokio::pin!(taking);
        assert!(timeout(Duration::from_millis(20), &mut taking).await.is_err());
        other.waits();
        assert!(timeout(Duration::from_millis(20), &mut taking).await.is_err());
        assert!(has_to_leave(&other) && !has_to_leave(&one));
        drop(other);
        timeout(Duration::from_secs(5), taking).await.unwrap();
    }

    #[test]
    fn an_ipv4_address_is_the_same_in_ipv6() {
        assert_eq!(client(address("::ffff:192.0.2.1")), address("192.0.2.1"));
        assert_eq!(client(address("2001:db8:1:2:3:4:5:6")), address("2001:db8:1:2::"));
    }
}
