//! Prints the findings: as lines for a person, each as soon as it is known, or as JSON for a
//! machine, all at the end.

use anyhow::anyhow;
use serde_json::{Value, json};

use super::{Check, Finding, Outcome};
use crate::count::counted;
use crate::operator::table::printable;
use crate::output;

#[derive(Debug, Default)]
pub struct Report {
    as_json: bool,
    /// The width of the column with the integrations.
    integrations: usize,
    findings: Vec<Finding>,
}

impl Report {
    pub fn new(as_json: bool) -> Self {
        Self { as_json, integrations: 1, findings: Vec::new() }
    }

    /// Makes the column wide enough for these names.
    pub fn make_room<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.integrations = names.map(|name| name.chars().count()).fold(1, usize::max);
    }

    /// Adds a finding, and prints it at once for a person.
    pub fn add(&mut self, finding: Finding) {
        if !self.as_json {
            output::line(line(&finding, self.integrations));
        }
        self.findings.push(finding);
    }

    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.add(finding));
    }

    /// Prints the totals or the JSON; an error if something must be repaired.
    pub fn end(self) -> anyhow::Result<()> {
        if self.as_json {
            output::line(format_args!(
                "{:#}",
                self.findings.iter().map(Finding::to_json).collect::<Value>()
            ));
        } else {
            output::line(format_args!("\n{}", count(&self.findings)));
        }
        match of(&self.findings, Outcome::Fail) {
            0 => Ok(()),
            failed => Err(anyhow!("{} failed", counted(failed, "check"))),
        }
    }
}

/// One line. A finding that is not about one integration has a dash in that column.
fn line(finding: &Finding, integrations: usize) -> String {
    let ids = Check::ALL.iter().map(|check| check.id().len()).max().unwrap_or_default();
    let name = finding.integration.as_ref().map_or("-", |name| name.as_str());
    let start = format!(
        "{:4}  {name:integrations$}  {:ids$}  ",
        finding.outcome.word(),
        finding.check.id()
    );
    printable(&format!("{start}{}", told(finding)))
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
        let lines: Vec<_> = findings.iter().map(|finding| line(finding, 7)).collect();
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
    fn a_machine_finds_the_same_keys_always() {
        assert_eq!(
            Check::Configuration.ok("1 integration").to_json(),
            json!({ "id": "configuration", "integration": null, "subject": null, "outcome": "ok",
                    "reason": "1 integration", "action": null, "milliseconds": null })
        );
    }
}
