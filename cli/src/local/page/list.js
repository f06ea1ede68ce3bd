// A list that grows at its end. A reader who has scrolled up stays there, and is told of what is new.

import { element } from "./dom.js";

const NEAR = 40;

export class List {
  constructor(host, label) {
    this.items = element("ol");
    this.box = element("div", { class: "scroll", role: "log", "aria-live": "polite", "aria-label": label, tabindex: "0" }, this.items);
    this.more = element("button", { class: "more", type: "button", hidden: true, onclick: () => this.toEnd() });
    this.unseen = 0;
    this.box.addEventListener("scroll", () => this.isAtEnd() && this.seen());
    host.append(this.box, this.more);
  }

  isAtEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR;
  }

  append(elements) {
    if (!elements.length) return;
    const follows = this.isAtEnd();
    this.items.append(...elements);
    if (follows) {
      this.toEnd();
      return;
    }
    this.unseen += elements.length;
    this.more.hidden = false;
    this.more.textContent = `${this.unseen} new below`;
  }

  // Shows something else. Nobody needs to hear all of it.
  replace(elements) {
    this.box.setAttribute("aria-live", "off");
    this.items.replaceChildren(...elements);
    this.toEnd();
    setTimeout(() => this.box.setAttribute("aria-live", "polite"), 100);
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.seen();
  }

  seen() {
    this.unseen = 0;
    this.more.hidden = true;
  }
}
