//! Prints the findings: at a terminal in colour, the failures first; elsewhere as lines, each as
//! soon as it is known; or as JSON for a machine, all at the end.

use anyhow::anyhow;
use serde_json::{Value, json};

use super::{Check, Finding, Outcome};
use crate::count::counted;
use crate::operator::table::printable;
use crate::output;
use crate::style::{self, Colours};

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    pub as_json: bool,
    /// Whether only failures are printed.
    pub failed_only: bool,
    /// Whether the lines wait until the end, the failures first.
    pub sorted: bool,
    pub colours: Colours,
}

#[derive(Debug, Default)]
pub struct Report {
    manner: Manner,
    /// The width of the column with the integrations.
    integrations: usize,
    /// The last lines of the report.
    lines: Vec<Finding>,
    findings: Vec<Finding>,
}

impl Report {
    pub fn new(manner: Manner) -> Self {
        Self { manner, integrations: 1, lines: Vec::new(), findings: Vec::new() }
    }

    /// Makes the column wide enough for these names.
    pub fn make_room<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.integrations = names.map(|name| name.chars().count()).fold(1, usize::max);
    }

    /// Adds a finding, and prints it for a person.
    pub fn add(&mut self, finding: Finding) {
        self.print(&finding);
        self.findings.push(finding);
    }

    /// Adds findings. For a person, those that need an administrator are one line, if there is
    /// none.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        let findings: Vec<Finding> = findings.into_iter().collect();
        let (without, shown) = without_administrator(&findings);
        for (place, finding) in shown.into_iter().enumerate() {
            match &without {
                Some((at, line)) if *at == place => self.print(line),
                _ => self.print(finding),
            }
        }
        self.findings.extend(findings);
    }

    fn print(&mut self, finding: &Finding) {
        let Manner { as_json, failed_only, sorted, .. } = self.manner;
        if as_json || (failed_only && finding.outcome != Outcome::Fail) {
            return;
        }
        if sorted {
            self.lines.push(finding.clone());
        } else {
            output::line(line(finding, self.integrations, self.manner.colours));
        }
    }

    /// Prints the totals or the JSON; an error if something must be repaired.
    pub fn end(mut self) -> anyhow::Result<()> {
        self.lines.sort_by_key(|finding| std::cmp::Reverse(finding.outcome));
        for finding in &self.lines {
            output::line(line(finding, self.integrations, self.manner.colours));
        }
        if self.manner.as_json {
            let printed = self
                .findings
                .iter()
                .filter(|finding| !self.manner.failed_only || finding.outcome == Outcome::Fail);
            output::line(format_args!("{:#}", printed.map(Finding::to_json).collect::<Value>()));
        } else {
            output::line(format_args!("\n{}", count(&self.findings)));
        }
        match of(&self.findings, Outcome::Fail) {
            0 => Ok(()),
            failed => Err(anyhow!("{} failed", counted(failed, "check"))),
        }
    }
}

/// The findings to show, and the place and the line of the administrator's, if others could not be
/// checked for the same reason.
fn without_administrator(findings: &[Finding]) -> (Option<(usize, Finding)>, Vec<&Finding>) {
    let is_it = |finding: &&Finding| {
        finding.check == Check::GenesysAdministrator && finding.outcome == Outcome::Warn
    };
    let Some(administrator) = findings.iter().find(is_it) else {
        return (None, findings.iter().collect());
    };
    let after = format!("not checked, because of {}", administrator.check.id());
    let follows = |finding: &Finding| {
        finding.check != administrator.check
            && finding.integration == administrator.integration
            && finding.outcome == Outcome::Warn
            && (finding.reason == administrator.reason || finding.reason == after)
    };
    let mut hidden: Vec<&str> = Vec::new();
    for finding in findings.iter().filter(|finding| follows(finding)) {
        if !hidden.contains(&finding.check.id()) {
            hidden.push(finding.check.id());
        }
    }
    let shown: Vec<&Finding> = findings.iter().filter(|finding| !follows(finding)).collect();
    let place = shown.iter().position(is_it).filter(|_| !hidden.is_empty());
    let line = place.map(|place| {
        let reason =
            format!("{}; so these are not checked: {}", administrator.reason, hidden.join(", "));
        (place, Finding { reason, ..administrator.clone() })
    });
    (line, shown)
}

/// One line. A finding that is not about one integration has a dash in that column.
fn line(finding: &Finding, integrations: usize, colours: Colours) -> String {
    let ids = Check::ALL.iter().map(|check| check.id().len()).max().unwrap_or_default();
    let name = finding.integration.as_ref().map_or("-", |name| name.as_str());
    let style = match finding.outcome {
        Outcome::Ok => style::GOOD,
        Outcome::Warn => style::DOUBTFUL,
        Outcome::Fail => style::BAD,
    };
    let word = colours.paint(style, format_args!("{:4}", finding.outcome.word()));
    let rest = format!("  {name:integrations$}  {:ids$}  {}", finding.check.id(), told(finding));
    format!("{word}{}", printable(&rest))
}

fn told(finding: &Finding) -> String {
    let subject = finding.subject.as_ref().map(|subject| format!("{subject}: "));
    let time = finding.milliseconds.map(|time| format!(" ({time} ms)"));
    let action = finding.action.as_ref().map(|action| format!(". Do: {action}"));
    [subject, Some(finding.reason.clone()), time, action].into_iter().flatten().collect()
}

fn of(findings: &[Finding], outcome: Outcome) -> usize {
    findings.iter().filter(|finding| finding.outcome == outcome).count()
}

fn count(findings: &[Finding]) -> String {
    let of = |outcome| of(findings, outcome);
    format!(
        "{}: {} OK, {} WARN, {} FAIL",
        counted(findings.len(), "check"),
        of(Outcome::Ok),
        of(Outcome::Warn),
        of(Outcome::Fail)
    )
}

/// The list of checks, without checking anything.
pub fn list(as_json: bool) -> String {
    if as_json {
        let checks: Vec<Value> = Check::ALL
            .iter()
            .map(|check| json!({ "id": check.id(), "title": check.title() }))
            .collect();
        return format!("{:#}", Value::from(checks));
    }
    let width = Check::ALL.iter().map(|check| check.id().len()).max().unwrap_or(0);
    let line = |check: &Check| format!("{:width$}  {}", check.id(), check.title());
    Check::ALL.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use shared::ids::IntegrationName;

    use super::*;

    #[test]
    fn lines_are_aligned_and_say_what_to_do() {
        let support = IntegrationName::new("support");
        let findings = [
            Check::Configuration.ok("1 integration"),
            Check::GenesysQueue
                .fail("it has no\nmembers", "add agents")
                .of(&support)
                .about("queue Support"),
            Check::SendAtLynn.ok("delivered").of(&support).within(42),
        ];
        let lines: Vec<_> =
            findings.iter().map(|finding| line(finding, 7, Colours::default())).collect();
        assert_eq!(
            lines,
            [
                "OK    -        configuration              1 integration",
                "FAIL  support  genesys-queue              queue Support: it has no?members. Do: add agents",
                "OK    support  send-at-lynn               delivered (42 ms)",
            ]
        );
        assert_eq!(count(&findings), "3 checks: 2 OK, 0 WARN, 1 FAIL");
    }

    #[test]
    fn what_needs_an_administrator_is_one_line() {
        let none = "not checked: no administrator's OAuth client was given";
        let findings = [
            Check::GenesysLogin.ok("logs in"),
            Check::GenesysAdministrator.warn(none, "set X"),
            Check::GenesysIntegration.warn(none, "set X"),
            Check::GenesysRouting.warn("not checked, because of genesys-administrator", "see it"),
            Check::GenesysRouting.warn(none, "set X"),
            Check::WebhookProbe.fail("no answer", "start it"),
        ];
        let (line, shown) = without_administrator(&findings);
        let (place, line) = line.unwrap();
        let end = "; so these are not checked: genesys-integration, genesys-routing";
        assert_eq!((place, line.reason), (1, format!("{none}{end}")));
        let ids: Vec<&str> = shown.iter().map(|finding| finding.check.id()).collect();
        assert_eq!(ids, ["genesys-login", "genesys-administrator", "webhook-probe"]);
        let (line, shown) = without_administrator(&findings[..1]);
        assert!(line.is_none() && shown.len() == 1);
    }

    #[test]
    fn a_machine_finds_the_same_keys_always() {
        assert_eq!(
            Check::Configuration.ok("1 integration").to_json(),
            json!({ "id": "configuration", "integration": null, "subject": null, "outcome": "ok",
                    "reason": "1 integration", "action": null, "milliseconds": null })
        );
    }
}
