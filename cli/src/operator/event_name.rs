//! The name of an event, by the sort key of its record; pure.

use shared::ports::Direction;

/// The parts of a record's sort key, such as `msg#in#{id}`.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    pub kind: &'a str,
    pub direction: Direction,
    pub id: &'a str,
}

impl<'a> Name<'a> {
    pub fn parse(sort: &'a str) -> Option<Self> {
        let (kind, rest) = sort.split_once('#')?;
        let (way, id) = rest.split_once('#')?;
        let kind = match kind {
            "msg" => "message",
            "receipt" | "session" | "lifecycle" | "unreadable" => kind,
            _ => return None,
        };
        let direction = match way {
            "in" => Direction::Inbound,
            "out" => Direction::Outbound,
            _ => return None,
        };
        Some(Self { kind, direction, id })
    }

    /// In words, for an operator.
    pub fn title(&self) -> String {
        let id = self.id;
        match (self.kind, self.direction) {
            ("message", Direction::Inbound) => format!("message {id} of the customer"),
            ("message", Direction::Outbound) => format!("message {id} of the agent or bot"),
            ("receipt", _) => self.receipt(),
            ("session", _) => format!("session event {id}"),
            ("lifecycle", _) => match id.split('#').nth(1) {
                Some(change) => format!("event of Genesys Cloud: {change}"),
                None => format!("event of Genesys Cloud {id}"),
            },
            _ => format!("{} {id}", self.kind),
        }
    }

    fn receipt(&self) -> String {
        let (about, status) = self.id.rsplit_once('#').unwrap_or((self.id, ""));
        // The digits after a slash count the lives of an event that was given up again.
        let status = status.split('/').next().unwrap_or(status);
        match (self.direction, about.strip_prefix("lynn/")) {
            (Direction::Outbound, Some(own)) => {
                format!("notice to Lynn: event {own} {status}")
            }
            (Direction::Outbound, None) => format!("receipt to Lynn: message {about} {status}"),
            (Direction::Inbound, _) => {
                format!("receipt to Genesys Cloud: message {about} {status}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_told_from_other_items() {
        let parse = |sort| Name::parse(sort).map(|name| (name.kind, name.direction, name.id));
        assert_eq!(parse("msg#in#m#1"), Some(("message", Direction::Inbound, "m#1")));
        assert_eq!(parse("receipt#out#g#x"), Some(("receipt", Direction::Outbound, "g#x")));
        assert_eq!([parse("state"), parse("peer#in#x"), parse("parts#m")], [None; 3]);
    }

    #[test]
    fn other_items_are_no_events() {
        let title = |sort| Name::parse(sort).map(|name| name.title());
        assert_eq!(title("state"), None);
        assert_eq!(title("peer#in#x"), None);
        assert_eq!(
            title("lifecycle#out#c-1#user.start#5").unwrap(),
            "event of Genesys Cloud: user.start"
        );
        assert_eq!(
            title("receipt#in#g-1#delivered").unwrap(),
            "receipt to Genesys Cloud: message g-1 delivered"
        );
    }
}
