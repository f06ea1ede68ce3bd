//! Posts lifecycle events as a triggered workflow does: with an API key, and several times if they
//! are not accepted.

use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::delivery::{Delivery, TIMEOUT};
use super::events::LifecycleEvent;
use super::state::State;
use super::{GenesysSimulator, Inner};

const ATTEMPTS: usize = 3;
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

impl GenesysSimulator {
    /// Sets the target of lifecycle events.
    pub fn set_events_url(&self, url: String) {
        self.inner.state().events_url = Some(url);
    }

    /// Posts an event as a data action does, up to three times until it is answered 2xx. Without a
    /// URL there is no attempt. A second post of the same event is a repeat.
    pub async fn post_event(&self, event: &LifecycleEvent) -> Delivery {
        self.inner.post_event(event).await
    }
}

impl Inner {
    async fn post_event(&self, event: &LifecycleEvent) -> Delivery {
        let mut delivery = Delivery {
            id: event.id().to_owned(),
            body: event.process_automation().to_string().into_bytes(),
            attempts: Vec::new(),
            delivered: false,
        };
        let url = self.state().events_url.clone();
        if let Some(url) = url {
            self.post_until_taken(&url, &mut delivery).await;
        }
        self.state().event_deliveries.push(delivery.clone());
        self.changes.announce();
        delivery
    }

    async fn post_until_taken(&self, url: &str, delivery: &mut Delivery) {
        for attempt_number in 0..ATTEMPTS {
            if attempt_number > 0 {
                sleep(self.scaled(BETWEEN_ATTEMPTS)).await;
            }
            let mut request = self
                .client
                .post(url)
                .timeout(self.scaled(TIMEOUT))
                .header("content-type", "application/json");
            if let Some(key) = &self.options.events_key {
                request = request.header("x-api-key", key);
            }
            let attempt = self.timed(request.body(delivery.body.clone())).await;
            delivery.delivered = attempt.is_success();
            delivery.attempts.push(attempt);
            if delivery.delivered {
                return;
            }
        }
    }

    /// Starts the workflows of the triggers that match an event. A data action calls once, and
    /// again if the call did not succeed.
    async fn set_off(&self, event: &LifecycleEvent) {
        let requests = self.state().organization.set_off(&event.topic("{id}"), &event.event_body());
        for request in requests {
            let mut delivery = Delivery {
                id: event.id().to_owned(),
                body: request.body.clone().into_bytes(),
                attempts: Vec::new(),
                delivered: false,
            };
            let method = request.method.parse().unwrap_or(reqwest::Method::POST);
            for attempt_number in 0..ATTEMPTS {
                if attempt_number > 0 {
                    sleep(self.scaled(BETWEEN_ATTEMPTS)).await;
                }
                let mut sent =
                    self.client.request(method.clone(), &request.url).timeout(self.scaled(TIMEOUT));
                for (name, value) in &request.headers {
                    sent = sent.header(name, value);
                }
                let attempt = self.timed(sent.body(request.body.clone())).await;
                delivery.delivered = attempt.is_success();
                delivery.attempts.push(attempt);
                if delivery.delivered {
                    break;
                }
            }
            self.state().event_deliveries.push(delivery);
            self.changes.announce();
        }
    }

    /// Posts events of one conversation in the background, after the waiting events of the same
    /// conversation.
    pub(super) fn post_aside(self: &Arc<Self>, state: &mut State, events: &[LifecycleEvent]) {
        let has_triggers = state.organization.has_triggers();
        let Some(first) = events.first().filter(|_| self.options.deliver_events || has_triggers)
        else {
            return;
        };
        let id = first.conversation_id().to_owned();
        match state.to_post.entry(id.clone()) {
            Entry::Occupied(mut waiting) => waiting.get_mut().extend(events.iter().cloned()),
            Entry::Vacant(nobody) => {
                nobody.insert(events.iter().cloned().collect());
                let inner = Arc::clone(self);
                self.runtime.spawn(async move {
                    while let Some(event) = inner.next_to_post(&id) {
                        if inner.options.deliver_events {
                            inner.post_event(&event).await;
                        }
                        inner.set_off(&event).await;
                    }
                });
            }
        }
    }

    /// The next event of a conversation. If there is none, the posting task ends, and the next
    /// event starts a new task.
    fn next_to_post(&self, conversation: &str) -> Option<LifecycleEvent> {
        let mut state = self.state();
        let next = state.to_post.get_mut(conversation)?.pop_front();
        if next.is_none() {
            state.to_post.remove(conversation);
        }
        next
    }
}
