// A tab for each customer, with its state.

import { byId, element } from "./dom.js";
import { chip } from "./words.js";

export class Tabs {
  constructor(choose) {
    this.choose = choose;
    this.host = byId("tabs");
    this.tabs = new Map();
    this.host.addEventListener("keydown", event => this.move(event));
    byId("new-customer").addEventListener("submit", event => {
      event.preventDefault();
      const id = byId("new-id").value.trim();
      if (!id) return;
      byId("new-id").value = "";
      this.select(id);
      byId("phone-text").focus();
    });
  }

  add(id) {
    if (this.tabs.has(id)) return;
    const state = element("span", { class: "chip", text: "idle" });
    const tab = element("button", { type: "button", role: "tab", id: `tab-${this.tabs.size}`, "aria-controls": "panel", "aria-selected": "false", tabindex: "-1", onclick: () => this.select(id) },
      element("span", { text: id }), " ", state);
    this.tabs.set(id, { tab, state });
    this.host.append(tab);
    if (!this.chosen) this.select(id);
  }

  select(id) {
    this.chosen = id;
    this.add(id);
    for (const [known, { tab }] of this.tabs) {
      tab.setAttribute("aria-selected", String(known === id));
      tab.tabIndex = known === id ? 0 : -1;
    }
    byId("panel").setAttribute("aria-labelledby", this.tabs.get(id).tab.id);
    this.choose(id);
  }

  move(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const ids = [...this.tabs.keys()];
    const place = ids.indexOf(this.chosen);
    const next = event.key === "Home" ? 0 : event.key === "End" ? ids.length - 1 : step ? (place + step + ids.length) % ids.length : -1;
    if (next < 0) return;
    event.preventDefault();
    this.select(ids[next]);
    this.tabs.get(ids[next]).tab.focus();
  }

  show(customers, now) {
    for (const customer of customers) {
      this.add(customer.id);
      const { state } = this.tabs.get(customer.id);
      const text = chip(customer, now);
      if (state.textContent !== text) state.textContent = text;
    }
  }
}
