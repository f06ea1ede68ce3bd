// The dry run, and the confirmation that starts the redrive.

import { byId, element } from "/page/dom.js";
import { post } from "/page/api.js";
import { attempt, contact, swap, table } from "/page/parts.js";
import { chosen, counted, moment } from "/page/words.js";

export async function plan(filter, about) {
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value));
  const made = await attempt(() => post("/api/redrive/plan", given));
  if (!made) return;
  const dialog = byId("plan");
  const problem = element("p", { class: "bad", role: "alert" });
  const start = async () => {
    if (!about.allowRedrive) return;
    try {
      await post("/api/redrive/start", { plan: made.plan, count: made.count });
      dialog.close();
      byId("job").scrollIntoView();
    } catch (error) {
      problem.textContent = error.message;
    }
  };
  const count = counted(made.count, "dead letter");
  const rows = made.sample.map(one => [
    one.event ? `${one.event.kind} ${one.event.id}` : one.id, contact(one.integration, one.event?.contactFingerprint), one.would,
  ]);
  swap(byId("plan-body"),
    element("h2", { id: "plan-title", text: `Dry run: ${count}` }),
    element("p", { text: `Chosen: ${chosen(made.filter)}.` }),
    made.count ? element("p", { text: `They are of ${counted(made.conversations, "conversation")}, given up from ${moment(made.first)} to ${moment(made.last)}.` }) : null,
    element("p", { text: "Nothing was sent. A redrive sends each event again, behind what its conversation waits for, in the order of the conversation's events. It has its full time again. Who was told that it failed hears nothing more of it. Repair the cause first: what fails again is a dead letter again." }),
    rows.length ? table(`What becomes of ${rows.length === made.count ? "them" : `the first ${rows.length}`}`, ["Event", "Contact", "Result"], rows) : null,
    about.allowRedrive ? null : element("p", { id: "why", text: "This console is read-only. Start it with --allow-redrive to redrive from it." }),
    problem,
    element("div", { class: "row" },
      made.count ? element("button", { type: "button", class: "strong", "aria-disabled": about.allowRedrive ? undefined : "true", "aria-describedby": about.allowRedrive ? undefined : "why", onclick: start, text: `Redrive ${count}` }) : null,
      element("button", { type: "button", onclick: () => dialog.close(), text: "Close" })));
  // A link leads to another view.
  byId("plan-body").querySelectorAll("a").forEach(link => link.addEventListener("click", () => dialog.close()));
  dialog.showModal();
}
