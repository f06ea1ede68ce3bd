// A list that grows at its end. A reader who has scrolled up stays there, and hears of what is new.

import { element } from "./dom.js";

const NEAR = 40;

export class List {
  constructor(host, label, live = "polite") {
    this.live = live;
    this.items = element("ol");
    this.box = element("div", { class: "scroll", role: "log", "aria-live": live, "aria-label": label, tabindex: "0" }, this.items);
    this.more = element("button", { class: "more", type: "button", hidden: true, onclick: () => this.toEnd() });
    this.unseen = 0;
    // Whether the reader is at the end. Lines also grow when they are laid out.
    this.follows = true;
    this.top = 0;
    this.box.addEventListener("scroll", () => this.scrolled());
    new ResizeObserver(() => this.follows && this.toEnd()).observe(this.items);
    host.append(this.box, this.more);
  }

  isAtEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR;
  }

  append(elements) {
    if (!elements.length) return;
    this.items.append(...elements);
    if (this.follows) {
      this.toEnd();
      return;
    }
    this.unseen += elements.length;
    this.more.hidden = false;
    this.more.textContent = `${this.unseen} new below`;
  }

  scrolled() {
    if (this.isAtEnd()) this.seen();
    else if (this.box.scrollTop < this.top) this.follows = false;
    this.top = this.box.scrollTop;
  }

  // Shows something else. A screen reader does not read all of it out.
  replace(elements) {
    this.box.setAttribute("aria-live", "off");
    this.items.replaceChildren(...elements);
    this.toEnd();
    setTimeout(() => this.box.setAttribute("aria-live", this.live), 100);
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.top = this.box.scrollTop;
    this.seen();
  }

  seen() {
    this.follows = true;
    this.unseen = 0;
    this.more.hidden = true;
  }
}
