// The customer's phone and the agent's desktop: the items of the chosen customer.

import { byId, element, time } from "./dom.js";
import { List } from "./list.js";
import { described, offered } from "./content.js";
import { tick } from "./words.js";

const WHO = { customer: "Customer", agent: "Agent", bot: "Bot", system: "" };

export class Side {
  constructor(name, label, { choose, inspect }) {
    this.name = name;
    this.choose = choose;
    this.inspect = inspect;
    this.list = new List(byId(`${name}-list`), label);
    this.typing = element("p", { class: "typing", role: "status" });
    byId(`${name}-list`).append(this.typing);
    this.shown = new Map();
  }

  item(item) {
    const content = item.content?.length ? described(item.content) : offered(item, (kind, text, payload) => this.choose(item, kind, text, payload));
    const status = element("span", { class: "status" });
    const about = element("p", { class: "about" }, `${time(item.at)} `, status, " ");
    if (item.trace) about.append(element("button", { type: "button", class: "link", text: "way", "aria-label": `The way of ${item.text || "this message"}`, onclick: () => this.inspect(item.trace) }));
    const who = item.name ?? WHO[item.author] ?? item.author;
    const made = element("li", { class: `item ${item.author}` },
      who ? element("b", { text: who }) : null, element("p", { class: "text", text: item.text }), ...content, about);
    this.shown.set(item, { made, status });
    this.refresh(item);
    return made;
  }

  refresh(item) {
    const known = this.shown.get(item);
    if (!known) return;
    known.status.textContent = item.status ? `${tick(item)} ${item.status}` : "";
    known.status.className = item.isBad ? "status bad" : "status";
  }

  // Shows the items that are new, or all of another customer.
  render(customer) {
    const items = customer?.[this.name] ?? [];
    if (customer !== this.customer) {
      this.customer = customer;
      this.shown.clear();
      this.count = items.length;
      this.list.replace(items.map(item => this.item(item)));
      return;
    }
    this.list.append(items.slice(this.count).map(item => this.item(item)));
    this.count = items.length;
  }

  showTyping(until, now) {
    const left = (until ?? 0) - now;
    this.typing.textContent = left > 0 ? (this.name === "phone" ? "The agent is typing…" : "The customer is typing…") : "";
    clearTimeout(this.timer);
    if (left > 0) this.timer = setTimeout(() => (this.typing.textContent = ""), Math.min(left, 10000));
  }
}
