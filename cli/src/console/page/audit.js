// The audit log: the latest lines.

import { element } from "/page/dom.js";
import { get } from "/page/api.js";
import { attempt, swap, table, when } from "/page/parts.js";
import { chosen, counted } from "/page/words.js";

export class Audit {
  tab = "audit";
  title = "Audit log";

  constructor(about, job) {
    this.about = about;
    this.running = job;
  }

  open() {
    this.host = element("section", { class: "card", "aria-label": "Audit log" });
    this.look();
    return element("div", {}, element("h2", { text: "Audit log" }), this.host);
  }

  // A redrive has begun or ended.
  job(job) {
    const seen = `${job?.job} ${job?.state}`;
    if (seen !== this.seen) this.look();
    this.seen = seen;
  }

  async look() {
    const found = await attempt(() => get("/api/audit"));
    if (!found) return;
    const ended = new Set(found.lines.filter(line => line.action === "redrive.ended").map(line => line.job));
    const rows = found.lines.map(line => [when(line.at), `${line.user}, session ${line.session}`, this.words(line, ended)]);
    swap(this.host,
      rows.length ? table("The latest first", ["When", "Who", "What"], rows) : element("p", { text: "Nothing is recorded yet." }),
      element("p", { class: "plain", text: `Each redrive, and each look at personal data, is a line in ${this.about.auditLog}.` }));
  }

  words(line, ended) {
    if (line.action === "redrive.started") {
      const open = ended.has(line.job) ? "" : this.running.runs === line.job ? " It is running." : " Its end is not recorded: the console was stopped before.";
      return `Started a redrive of ${counted(line.count, "dead letter")}, chosen: ${chosen(line.filter)}.${open}`;
    }
    if (line.action === "redrive.ended") {
      const counts = Object.entries(line.counts).map(([name, count]) => `${count} ${name}`).join(", ");
      return `The redrive ended: ${line.result}, ${line.done} of ${line.count}${counts ? ` (${counts})` : ""}.${line.error ? ` ${line.error}` : ""}`;
    }
    const of = line.contactFingerprint ? ` of contact ${line.contactFingerprint}` : "";
    if (line.what === "contacts") return `Was shown the ids of ${counted(line.count, "contact")}.`;
    if (line.what === "deadLetter") return `Was shown the dead letter ${line.deadLetter}${of} (${line.integration}).`;
    return `Was shown the conversation${of} (${line.integration}), with ${counted(line.texts ?? 0, "text")}.`;
  }
}
