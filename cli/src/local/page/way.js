// The way of each message: one row for each, with its steps as they come.

import { byId, element, time } from "./dom.js";
import { List } from "./list.js";

const ARROW = { lynn: "Lynn → Genesys", genesys: "Genesys → Lynn", other: "" };

export class Ways {
  constructor(model, inspect) {
    this.model = model;
    this.inspect = inspect;
    // The messages themselves are read out; their steps can be read here.
    this.list = new List(byId("way-list"), "The way of each message", "off");
    this.rows = new Map();
    this.count = 0;
  }

  row(way) {
    const title = element("span", { class: "title" });
    const steps = element("ol", { class: "steps" });
    const open = way.isNote ? null : element("button", { type: "button", class: "link", text: "inspect", onclick: () => this.inspect(way.trace) });
    const head = element("p", { class: "about" }, `${time(way.at)} `, element("span", { text: ARROW[way.from] ?? "" }), " ", open);
    const made = element("li", { class: way.isNote ? "way note" : "way" }, head, title, steps);
    this.rows.set(way, { made, title, steps, open });
    this.refresh(way);
    return made;
  }

  refresh(way) {
    const row = this.rows.get(way);
    if (!row) return;
    const text = `${way.contact ? `${way.contact} · ` : ""}${way.title || way.trace}`;
    if (row.title.textContent !== text) row.title.textContent = text;
    row.open?.setAttribute("aria-label", `Inspect ${text}`);
    row.steps.replaceChildren(...way.steps.map(step => this.step(way, step)));
  }

  step(way, step) {
    const after = step.at - way.at;
    return element("li", { class: step.kind }, step.name,
      element("small", { text: after > 0 ? ` +${after} ms` : "" }), step.why ? element("span", { class: "why", text: ` ${step.why}` }) : null);
  }

  fits(way) {
    return !this.only || way.contact === this.only || way.isNote;
  }

  render() {
    const { order, changed } = this.model;
    for (const way of changed.ways) this.refresh(way);
    const added = order.slice(this.count).filter(way => this.fits(way));
    this.count = order.length;
    this.list.append(added.map(way => this.row(way)));
  }

  // Shows only one customer's, or all.
  filter(only) {
    this.only = only;
    this.rows.clear();
    this.count = this.model.order.length;
    this.list.replace(this.model.order.filter(way => this.fits(way)).map(way => this.row(way)));
  }

  reset() {
    this.rows.clear();
    this.count = 0;
    this.list.replace([]);
  }
}
