//! The findings as lines for a person, or as JSON for a machine.

use serde_json::{Value, json};

use super::check::Check;
use super::finding::{Finding, Outcome};
use crate::operator::printable;

/// One line for each finding, the columns aligned, and a last one that counts.
pub fn lines(findings: &[Finding]) -> Vec<String> {
    let width = |length: fn(&Finding) -> usize| findings.iter().map(length).max().unwrap_or(0);
    let integrations = width(|finding| name(finding).chars().count());
    let ids = width(|finding| finding.check.id().len());
    let mut lines: Vec<String> = findings
        .iter()
        .map(|finding| {
            let start = format!(
                "{:4}  {:integrations$}  {:ids$}  ",
                finding.outcome.word(),
                name(finding),
                finding.check.id()
            );
            printable(&format!("{start}{}", told(finding)))
        })
        .collect();
    lines.push(String::new());
    lines.push(count(findings));
    lines
}

/// Where a finding is about no single integration there stands a dash.
fn name(finding: &Finding) -> &str {
    finding.integration.as_ref().map_or("-", |name| name.as_str())
}

fn told(finding: &Finding) -> String {
    let subject = finding.subject.as_ref().map(|subject| format!("{subject}: "));
    let time = finding.milliseconds.map(|time| format!(" ({time} ms)"));
    let action = finding.action.as_ref().map(|action| format!(". Do: {action}"));
    [subject, Some(finding.reason.clone()), time, action].into_iter().flatten().collect()
}

fn count(findings: &[Finding]) -> String {
    let of = |outcome| findings.iter().filter(|finding| finding.outcome == outcome).count();
    format!(
        "{} checks: {} OK, {} WARN, {} FAIL",
        findings.len(),
        of(Outcome::Ok),
        of(Outcome::Warn),
        of(Outcome::Fail)
    )
}

/// The findings for machines.
pub fn json(findings: &[Finding]) -> Value {
    findings.iter().map(Finding::to_json).collect()
}

/// The checks there are, without looking at anything.
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
            Finding::ok(Check::Configuration, "1 integration"),
            Finding::fail(Check::GenesysQueue, "it has no members", "add agents")
                .of(&support)
                .about("queue Support"),
            Finding::ok(Check::SendAtLynn, "delivered").of(&support).within(42),
        ];
        assert_eq!(
            lines(&findings),
            [
                "OK    -        configuration  1 integration",
                "FAIL  support  genesys-queue  queue Support: it has no members. Do: add agents",
                "OK    support  send-at-lynn   delivered (42 ms)",
                "",
                "3 checks: 2 OK, 0 WARN, 1 FAIL",
            ]
        );
    }

    #[test]
    fn a_machine_finds_the_same_keys_always() {
        let finding = json(&[Finding::ok(Check::Configuration, "1 integration")]);
        assert_eq!(
            finding,
            json!([{ "id": "configuration", "integration": null, "subject": null, "outcome": "ok",
                     "reason": "1 integration", "action": null, "milliseconds": null }])
        );
    }
}
