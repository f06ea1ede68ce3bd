//! What cannot be played beside a real side. The page says the same before it is tried.

use super::super::traffic::Side;
use super::{Act, ProgramAct, agent, customer};

impl Act {
    /// Why this cannot be played when that side is real.
    pub fn unplayable(&self, real: Side) -> Option<&'static str> {
        let acts = match self {
            Self::Customer(_) | Self::Lynn(_) => Some(Side::Lynn),
            Self::Agent(_) | Self::Genesys(_) => Some(Side::Genesys),
            Self::Post(request) => request.sender(),
            Self::Program(_) => None,
        };
        match self {
            _ if acts == Some(real) => Some(match real {
                Side::Lynn => "Lynn is real: this is done there.",
                _ => "Genesys Cloud is real: this is done there.",
            }),
            Self::Customer(act) if matches!(act.what, customer::What::Sends { .. }) => Some(FILES),
            Self::Agent(act) if matches!(act.what, agent::What::Sends { .. }) => Some(FILES),
            Self::Program(ProgramAct::Jump { .. }) => Some("The clock of a real side stays."),
            _ => None,
        }
    }
}

const FILES: &str =
    "The files of this page are on this machine, where a real side cannot fetch them.";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn unplayable(by: &str, what: Value, real: Side) -> bool {
        let act = json!({ "by": by, "do": what });
        serde_json::from_value::<Act>(act).unwrap().unplayable(real).is_some()
    }

    #[test]
    fn only_the_simulated_side_is_played_and_no_clock_jumps() {
        let says = json!({ "contact": "ana", "act": "says", "text": "Hi" });
        let sends = json!({ "contact": "ana", "act": "sends", "file": "photo" });
        let down = json!({ "fault": "down" });
        let post = |path: &str| json!({ "path": path, "headers": [], "body": "", "sign": false });
        for (by, what, at_real_lynn, at_real_genesys) in [
            ("customer", says.clone(), true, false),
            ("agent", says, false, true),
            ("customer", sends.clone(), true, true),
            ("agent", sends, true, true),
            ("lynn", down.clone(), true, false),
            ("genesys", down, false, true),
            ("post", post("/lynn/support"), true, false),
            ("post", post("/genesys/support"), false, true),
            ("program", json!({ "act": "jump", "minutes": 1 }), true, true),
            ("program", json!({ "act": "kill" }), false, false),
        ] {
            let found = [Side::Lynn, Side::Genesys].map(|real| unplayable(by, what.clone(), real));
            assert_eq!(found, [at_real_lynn, at_real_genesys], "{by} {what}");
        }
    }
}
