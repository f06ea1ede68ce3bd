//! How workflows of Genesys Cloud post events to the bridge: a trigger, its workflow, the data
//! action that the workflow calls, and the address of that action.
//!
//! Rule: a topic is reported if one of its triggers leads to this bridge. Other triggers of the
//! same topic are not followed further.

use std::collections::BTreeMap;

use genesys_admin::is_published;
use genesys_admin::organization::{Kind, Object, Organization, Topic};
use genesys_admin::table::{events_action, events_integration::is_on, trigger};

use super::obstacle::{Addresses, Obstacle};
use super::routing::consumed;
use super::{Check, Finding, Observation};

/// The name of a workflow in Architect's dependency tracking.
const WORKFLOW: &str = "WORKFLOW";
/// The name of a data action there.
const DATA_ACTION: &str = "DATAACTION";

/// One way of a topic's events: to the bridge, or to what stops them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    topic: String,
    end: End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    /// They are posted to this address.
    At(String),
    /// They are stopped by the object of this name.
    Stopped(Obstacle, String),
}

/// The ways of all triggers of conversations.
pub async fn trace(administrator: &Organization) -> Observation<Vec<Post>> {
    let mut trace = PostTracer { administrator, actions: BTreeMap::new() };
    let mut posts = Vec::new();
    for trigger in administrator.all(Kind::Trigger).await? {
        let Some(topic) = trigger.text("/topicName").strip_prefix(Topic::PREFIX) else { continue };
        let ends = trace.ends(&trigger).await?;
        posts.extend(ends.into_iter().map(|end| Post { topic: topic.to_owned(), end }));
    }
    Ok(posts)
}

struct PostTracer<'a> {
    administrator: &'a Organization,
    /// Where each action leads: five workflows may call the same one.
    actions: BTreeMap<String, End>,
}

impl PostTracer<'_> {
    /// Where the events of a trigger end.
    async fn ends(&mut self, trigger: &Object) -> Observation<Vec<End>> {
        let stopped =
            |obstacle, by: &Object| Ok(vec![End::Stopped(obstacle, by.name().to_owned())]);
        if !trigger::is_enabled(trigger) {
            return stopped(Obstacle::TriggerOff, trigger);
        }
        let workflow = match trigger.text("/target/id") {
            "" => None,
            id => self.administrator.object(Kind::Workflow, id).await?,
        };
        let Some(workflow) = workflow else { return stopped(Obstacle::NoWorkflow, trigger) };
        if !is_published(&workflow) {
            return stopped(Obstacle::Unpublished, &workflow);
        }
        let actions = consumed(self.administrator, &workflow, WORKFLOW, DATA_ACTION).await?;
        if actions.is_empty() {
            return stopped(Obstacle::NoAction, &workflow);
        }
        let mut ends = Vec::new();
        for action in actions {
            ends.push(self.end(action.id()).await?);
        }
        Ok(ends)
    }

    /// Where a data action leads.
    async fn end(&mut self, action: &str) -> Observation<End> {
        if let Some(known) = self.actions.get(action) {
            return Ok(known.clone());
        }
        let Some(found) = self.administrator.whole(Kind::DataAction, action).await? else {
            return Ok(End::Stopped(Obstacle::NoAction, action.to_owned()));
        };
        let holder = found.text("/integrationId");
        let holder = self.administrator.object(Kind::Integration, holder).await?;
        let end = match holder {
            Some(holder) if !is_on(&holder) => {
                End::Stopped(Obstacle::IntegrationOff, holder.name().to_owned())
            }
            _ => End::At(address(events_action::address(&found))),
        };
        self.actions.insert(action.to_owned(), end.clone());
        Ok(end)
    }
}

/// An address without parts that may be secret: the URLs of other webhooks may contain a key.
fn address(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.find('/').map_or((rest, ""), |end| rest.split_at(end));
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}").trim_end_matches('/').to_owned()
}

/// Whether all topics are posted to this bridge: a finding for each obstacle.
pub fn assess(posts: &[Post], ours: &Addresses) -> Vec<Finding> {
    let check = Check::GenesysEvents;
    if posts.is_empty() {
        return vec![check.fail(
            "no trigger reports conversations, although genesys.eventsApiKey is set",
            "add a trigger for each topic in Admin > Triggers, or run `bridge setup`",
        )];
    }
    let mut stopped: BTreeMap<Obstacle, (Vec<&str>, Vec<&str>)> = BTreeMap::new();
    for topic in Topic::ALL.map(Topic::word) {
        let of_topic = posts.iter().filter(|post| post.topic == topic);
        let obstacles: Vec<_> = of_topic.map(|post| post.obstacle(ours)).collect();
        if obstacles.contains(&None) {
            continue;
        }
        let first = obstacles.into_iter().flatten().min().unwrap_or((Obstacle::NoTrigger, ""));
        let (topics, names) = stopped.entry(first.0).or_default();
        topics.push(topic);
        if !names.contains(&first.1) {
            names.push(first.1);
        }
    }
    if stopped.is_empty() {
        return vec![check.ok("all five topics are reported")];
    }
    let finding = |(obstacle, (topics, names)): (Obstacle, (Vec<&str>, Vec<&str>))| {
        obstacle.finding(&topics.join(", "), &names.join(", "), ours)
    };
    stopped.into_iter().map(finding).collect()
}

impl Post {
    /// The obstacle between it and this bridge, with its name or address; `None` if it arrives.
    fn obstacle(&self, ours: &Addresses) -> Option<(Obstacle, &str)> {
        match &self.end {
            End::Stopped(obstacle, name) => Some((*obstacle, name)),
            End::At(url) => ours.obstacle(url).map(|obstacle| (obstacle, url.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::Outcome;
    use super::*;

    const HERE: &str = "https://bridge.example.com/genesys/support/events";

    fn ours() -> Addresses {
        Addresses { path: "/genesys/support/events".to_owned(), known: vec![HERE.to_owned()] }
    }

    fn post(topic: &str, end: End) -> Post {
        Post { topic: topic.to_owned(), end }
    }

    fn all(end: &End) -> Vec<Post> {
        Topic::ALL.map(Topic::word).iter().map(|topic| post(topic, end.clone())).collect()
    }

    fn at(url: &str) -> End {
        End::At(url.to_owned())
    }

    #[test]
    fn one_way_to_this_bridge_is_enough() {
        let mut posts = all(&at(HERE));
        let others = at("https://others.example.com/genesys/sales/events");
        posts.extend(all(&others));
        posts.extend(all(&End::Stopped(Obstacle::TriggerOff, "old".to_owned())));
        let found = assess(&posts, &ours());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].outcome, Outcome::Ok);
    }

    #[test]
    fn each_obstacle_is_told_by_itself_and_the_most_likely_one_first() {
        let mut posts = all(&at(HERE));
        posts[0].end = End::Stopped(Obstacle::Unpublished, "ended".to_owned());
        posts[1].end = at("https://bridge.example.com/genesys/sales/events");
        posts.push(post(Topic::ALL[0].word(), at("https://others.example.com/hook")));
        posts.remove(4);
        let found = assess(&posts, &ours());
        let reasons: Vec<&str> = found.iter().map(|finding| finding.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "not reported: customer.end; never published: the workflow ended",
                "not reported: user.start; posted to https://bridge.example.com/genesys/sales/events, which is not this bridge's",
                "not reported: acd.end",
            ]
        );
        assert!(found.iter().all(|finding| finding.outcome == Outcome::Fail));
    }

    #[test]
    fn an_address_is_shown_without_keys() {
        assert_eq!(
            address("https://a:b@host.example.com/x/?key=c#d"),
            "https://host.example.com/x"
        );
        assert_eq!(address("https://host.example.com"), "https://host.example.com");
        assert_eq!(address("${input.url}"), "${input.url}");
    }

    #[test]
    fn what_is_not_known_is_a_warning() {
        let nowhere = Addresses { known: Vec::new(), ..ours() };
        let outcome = |posts: &[Post]| assess(posts, &nowhere)[0].outcome;
        assert_eq!(outcome(&all(&at(HERE))), Outcome::Warn);
        assert_eq!(outcome(&all(&at("https://b.example.com/genesys/sales/events"))), Outcome::Fail);
        let silent = End::Stopped(Obstacle::NoAction, "survey".to_owned());
        assert_eq!(outcome(&all(&silent)), Outcome::Warn);
        assert_eq!(outcome(&[]), Outcome::Fail);
    }
}
