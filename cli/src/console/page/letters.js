// Dead letters: grouped by cause, filtered, one by one, and to be redriven.

import { element } from "/page/dom.js";
import { get, post } from "/page/api.js";
import { attempt, choice, contact, facts, field, pager, swap, table, when, whenAgo } from "/page/parts.js";
import { WAYS, counted, moment } from "/page/words.js";
import { plan } from "/page/plan.js";

const DIRECTIONS = [["", "both"], ["inbound", "to Genesys Cloud"], ["outbound", "to Lynn"]];

export class Letters {
  tab = "dead-letters";
  title = "Dead letters";

  constructor(about) {
    this.about = about;
  }

  open({ integration = "", cause = "", contact = "" }) {
    this.filter = { integration, cause, contact, direction: "", since: "" };
    const input = (id, value, placeholder) => element("input", { id, autocomplete: "off", value, placeholder });
    const of = choice("letters-of", [["", "all"], ...this.about.integrations.map(name => [name, name])], integration);
    const way = choice("direction", DIRECTIONS, "");
    const who = input("letters-contact", contact, "");
    const since = input("since", "", "2h, 3d or 2026-11-25T03:00:00Z");
    const form = element("form", { class: "filters", onsubmit: event => {
      event.preventDefault();
      Object.assign(this.filter, { integration: of.value, direction: way.value, contact: who.value.trim(), since: since.value.trim() });
      this.look();
    } },
    field("Integration", of), field("Direction", way), field("Contact or fingerprint", who), field("Given up since", since),
    element("button", { text: "Filter" }));
    this.chosen = element("div", {});
    this.causes = element("section", { class: "card", "aria-label": "Causes" });
    this.list = element("section", { class: "card", "aria-label": "Dead letters found" });
    this.look();
    return element("div", {}, element("h2", { text: "Dead letters" }),
      element("div", { class: "card" }, form, this.chosen), this.causes, this.list);
  }

  // A redrive has ended: some of them are gone.
  job(job) {
    if (job && job.state !== "running" && job.job !== this.seen) {
      this.seen = job.job;
      this.look();
    }
  }

  async look(offset = 0) {
    const found = await attempt(() => Promise.all([get("/api/causes", this.filter), get("/api/dead-letters", { ...this.filter, offset })]));
    if (!found) return;
    [this.groups, this.letters] = found;
    this.draw();
  }

  pick(cause) {
    this.filter.cause = cause;
    this.look();
  }

  draw() {
    const { groups, groupsLeftOut, all, queues, asOf } = this.groups;
    const { letters, total, offset } = this.letters;
    const cause = this.filter.cause;
    swap(this.chosen, cause ? element("p", {}, `Only the cause “${cause}”. `, element("button", { type: "button", class: "link", "data-key": "any", onclick: () => this.pick(""), text: "Show all causes" })) : null);
    const rows = groups.map(one => [
      element("button", { type: "button", class: "link", "data-key": `g ${one.cause}`, onclick: () => this.pick(one.cause), text: one.cause }),
      String(one.count), one.integrations.join(", "), one.directions.map(way => WAYS[way]).join(", "), whenAgo(one.first), whenAgo(one.last),
    ]);
    const aside = Object.entries(queues ?? {}).filter(([, count]) => count > 0);
    swap(this.causes,
      rows.length ? table("By cause, the most frequent first", ["Cause", "Count", "Integration", "Direction", "First", "Last"], rows)
        : element("p", { text: all ? `No dead letter matches; ${all} do not match.` : "No dead letters." }),
      groupsLeftOut ? element("p", { text: `${counted(groupsLeftOut, "rarer cause")} not shown; narrow the filter.` }) : null,
      ...aside.map(([way, count]) => element("p", { text: `${counted(count, "message")} in the ${way} dead-letter queue of SQS. “bridge dead-letters redrive --queues” sends them again.` })),
      total ? element("button", { type: "button", class: "strong", "data-key": "plan", onclick: () => plan(this.filter, this.about), text: `Dry run: redrive ${counted(total, "dead letter")}` }) : null,
      element("p", { class: "plain", text: `As of ${moment(asOf)}.` }));
    this.list.hidden = !total;
    swap(this.list, element("h3", { text: "One by one, the latest first" }),
      element("ul", { class: "letters" }, ...letters.map(one => this.letter(one))),
      pager(offset, 50, total, at => this.look(at)));
  }

  letter(one) {
    const body = element("div", {});
    const attempts = one.history.map(step => element("li", {}, when(step.at), element("span", { text: step.summary })));
    const event = one.event;
    return element("li", {},
      element("p", {}, element("b", { text: event ? `${event.kind} ${event.id}` : "an event that this version cannot read" }), ` ${WAYS[one.direction]}, ${one.integration}, `, contact(one.integration, event?.contactFingerprint)),
      element("p", { class: "bad", text: one.cause }),
      element("details", {}, element("summary", { text: `Given up ${moment(one.at)}, after ${counted(one.attempts, "attempt")}` }),
        facts([["Id", one.id], ["Code", one.code], ["Accepted", event && when(event.acceptedAt)], ["First given up", when(one.firstGivenUpAt)],
          ["Redriven", event && counted(event.redrive, "time")], ["The other side", one.toldWords], ["Perhaps done", one.perhapsDone], ["Trace", event?.traceId]]),
        attempts.length ? element("ol", { class: "steps" }, ...attempts) : null,
        element("button", { type: "button", onclick: () => this.reveal(one, body), text: "Show contact and event" }), body));
  }

  async reveal(one, body) {
    const shown = await attempt(() => post("/api/show", { what: "deadLetter", integration: one.integration, sort: one.sort }));
    if (!shown) return;
    swap(body, element("p", { text: `Contact: ${shown.contact ?? "none"}` }),
      shown.event.text ? element("p", { class: "said", text: shown.event.text }) : null,
      element("pre", { tabindex: "0", text: JSON.stringify(shown.event.event, null, 2) }));
  }
}
