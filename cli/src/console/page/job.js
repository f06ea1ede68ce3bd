// The redrive that runs, or the last one: its progress, and a button that cancels it.

import { byId, element } from "/page/dom.js";
import { post } from "/page/api.js";
import { attempt } from "/page/parts.js";
import { chosen, counted, moment } from "/page/words.js";

const RESULTS = {
  sent: "queued to be sent again", known: "sent again before", refused: "not sent, and kept", waiting: "kept: their events are being sent again",
  settled: "deleted: their events have arrived", gone: "gone before it began",
};
const STATES = { running: "is running", done: "is done", cancelled: "was cancelled", failed: "failed" };

export class Job {
  constructor() {
    this.host = byId("job");
    this.id = null;
  }

  // Built once for a job, then changed: the button keeps its place and its focus.
  build() {
    this.title = element("h2", {});
    this.about = element("p", {});
    this.bar = element("progress", { "aria-label": "Dead letters redriven" });
    this.count = element("p", { role: "status" });
    this.results = element("ul", {});
    this.problem = element("p", { class: "bad" });
    this.cancel = element("button", { type: "button", onclick: () => this.stop(), text: "Cancel" });
    this.hide = element("button", { type: "button", onclick: () => (this.host.hidden = true), text: "Hide" });
    this.host.replaceChildren(this.title, this.about, this.bar, this.count, this.results, this.problem, element("div", { class: "row" }, this.cancel, this.hide));
  }

  show(job) {
    if (!job) return;
    if (job.job !== this.id) {
      this.id = job.job;
      this.build();
      this.host.hidden = false;
    }
    const runs = job.state === "running";
    this.runs = runs ? job.job : null;
    this.title.textContent = `The redrive ${STATES[job.state]}`;
    this.about.textContent = `Chosen: ${chosen(job.filter)}. Started ${moment(job.startedAt)}${job.endedAt ? `, ended ${moment(job.endedAt)}` : ""}.`;
    this.bar.max = Math.max(1, job.total);
    this.bar.value = job.done;
    this.count.textContent = `${job.done} of ${counted(job.total, "dead letter")}${job.cancelling && runs ? "; it ends after the one in hand" : ""}`;
    this.results.replaceChildren(
      ...Object.entries(job.counts).map(([name, count]) => element("li", { text: `${count} ${RESULTS[name] ?? name}` })),
      ...job.refused.map(one => element("li", { class: "bad", text: `${one.id}: ${one.words}` })));
    this.problem.textContent = job.error ?? "";
    this.cancel.hidden = !runs;
    this.hide.hidden = runs;
  }

  stop() {
    return attempt(() => post("/api/redrive/cancel", { job: this.id }));
  }
}
