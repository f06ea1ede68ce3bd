// The present state: whether something needs a person, what waits and since when, what was given up.

import { element } from "/page/dom.js";
import { get } from "/page/api.js";
import { address, contact, swap, table, when } from "/page/parts.js";
import { WAYS, ago, counted, moment, soon, span } from "/page/words.js";

const lanes = one => [["inbound", one.inbound], ["outbound", one.outbound]];

export class Now {
  tab = "now";
  title = "Now";

  constructor(about) {
    this.about = about;
  }

  open() {
    this.verdict = element("div", {});
    this.lanes = element("section", { class: "card", "aria-label": "What waits" });
    this.waiting = element("section", { class: "card", "aria-label": "Waiting events", hidden: true });
    this.limits = element("details", { class: "card" }, element("summary", { text: "Rate budget and tokens" }), element("div", {}));
    this.pages = [];
    this.next = null;
    return element("div", {}, element("h2", { text: "Now" }), this.verdict, this.lanes, this.waiting, this.limits);
  }

  overview(seen) {
    if (!seen?.integrations) {
      swap(this.verdict, element("p", { text: "The console looks at the bridge …" }));
      return;
    }
    swap(this.verdict, ...verdicts(seen));
    const rows = seen.integrations.flatMap(one => lanes(one).map(([way, lane]) => this.row(one.name, way, lane)));
    const titles = ["Integration", "Direction", "Waiting", "Oldest for", "Next attempt", "Last failure"];
    swap(this.lanes, table("By integration and direction", titles, rows),
      ...seen.notes.map(text => element("p", { text })),
      element("p", { class: "plain", text: `As of ${moment(seen.at)}. The page reads it again every few seconds.` }));
    this.showLimits(seen);
    const waits = seen.integrations.some(one => lanes(one).some(([, lane]) => lane.waiting > 0));
    if (waits) this.look();
    else this.waiting.hidden = true;
  }

  row(name, way, lane) {
    const failure = lane.lastFailure ? `${ago(lane.lastFailure.at)}: ${lane.lastFailure.cause}` : "none known";
    return [
      name, WAYS[way], lane.waiting === null ? "not known by integration" : String(lane.waiting),
      lane.oldestSeconds === null ? "–" : span(lane.oldestSeconds), lane.nextAttemptAt ? soon(lane.nextAttemptAt) : "–", failure,
    ];
  }

  // The events that have waited longest, in pieces.
  async look(after = this.pages.at(-1)) {
    if (this.looking) return;
    this.looking = true;
    try {
      const found = await get("/api/waiting", { after });
      this.waiting.hidden = !found.waiting?.length;
      if (this.waiting.hidden) return;
      this.next = found.next;
      const rows = found.waiting.map(one => [
        contact(one.integration, one.contactFingerprint), one.integration ?? "", WAYS[one.direction],
        `${one.kind ?? "event of another version"} ${one.id ?? ""}`, one.acceptedAt ? when(one.acceptedAt) : "not known",
        one.nextAttemptAt ? soon(one.nextAttemptAt) : "in turn", one.cause ?? "–",
      ]);
      const titles = ["Contact", "Integration", "Direction", "Event", "Accepted", "Next attempt", "Last failure"];
      swap(this.waiting, table("Waiting events, the longest first", titles, rows), this.more());
    } catch {
      // The next look comes with the next overview.
    } finally {
      this.looking = false;
    }
  }

  more() {
    const go = step => () => {
      if (step > 0) this.pages.push(this.next);
      else this.pages.pop();
      this.look();
    };
    const back = this.pages.length > 0;
    if (!back && !this.next) return null;
    return element("div", { class: "row" },
      element("button", { type: "button", "data-key": "back", "aria-disabled": back ? undefined : "true", onclick: () => back && go(-1)(), text: "Previous" }),
      element("button", { type: "button", "data-key": "on", "aria-disabled": this.next ? undefined : "true", onclick: () => this.next && go(1)(), text: "Next" }));
  }

  showLimits(seen) {
    const budgets = seen.rateBudget.map(one => [one.client, one.left === null ? "not known" : `${one.left} of ${one.allowed}`, one.pausedUntil ? `until ${moment(one.pausedUntil)}` : "no"]);
    const tokens = seen.tokens.map(one => [one.provider, one.client, one.valid ? "valid" : "not valid", one.expiresAt ? moment(one.expiresAt) : "–"]);
    swap(this.limits.lastElementChild,
      table("Requests left at Genesys Cloud in this minute", ["OAuth client", "Left", "Paused"], budgets),
      table("Tokens", ["Of", "Client", "State", "Expires"], tokens));
  }
}

// Sentences for who was woken up.
function verdicts(seen) {
  const all = [];
  for (const one of seen.integrations) {
    for (const [way, lane] of lanes(one)) {
      if (!lane.waiting) continue;
      const since = lane.oldestSeconds === null ? "" : `, the oldest for ${span(lane.oldestSeconds)}`;
      const why = lane.lastFailure && lane.nextAttemptAt ? ` The last attempt failed ${ago(lane.lastFailure.at)}: ${lane.lastFailure.cause}.` : "";
      const next = lane.nextAttemptAt ? ` The next attempt is ${soon(lane.nextAttemptAt)}.` : "";
      all.push(verdict(lane.nextAttemptAt ? "wait" : "plain", `${one.name}: ${counted(lane.waiting, "event")} ${lane.waiting === 1 ? "waits" : "wait"} ${WAYS[way]}${since}.`, `${why}${next} Nothing is lost: the bridge tries again by itself.`));
    }
    if (one.deadLetters.total) all.push(given(one));
  }
  if (!all.length) all.push(verdict("good", "Nothing needs you.", "No event waits, and there are no dead letters."));
  return all;
}

function given(one) {
  const made = verdict("bad", `${one.name}: ${counted(one.deadLetters.total, "dead letter")}.`, "These events were given up. Repair the cause, then redrive them.");
  const causes = one.deadLetters.byCause.slice(0, 5).map(({ cause, count }) => element("li", {},
    element("a", { href: address("dead-letters", { integration: one.name, cause }), "data-key": `cause ${one.name} ${cause}`, text: `${count} × ${cause}` })));
  made.append(element("ul", {}, ...causes));
  const others = one.deadLetters.byCause.length - causes.length;
  if (others > 0) made.append(element("p", {}, element("a", { href: address("dead-letters", { integration: one.name }), "data-key": `all ${one.name}`, text: `${counted(others, "more cause")}` })));
  return made;
}

const verdict = (tone, title, words) => element("section", { class: `card verdict ${tone}` }, element("h3", { text: title }), element("p", { text: words.trim() }));
