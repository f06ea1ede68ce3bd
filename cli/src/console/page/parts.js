// Parts that several views have.

import { byId, element } from "/page/dom.js";
import { ago, moment } from "/page/words.js";

export const say = words => (byId("problem").textContent = words);

// Does something that may fail, and says why it did.
export async function attempt(work) {
  try {
    say("");
    return await work();
  } catch (error) {
    say(error.message);
    return undefined;
  }
}

export const when = text => text ? element("time", { datetime: text, title: text, text: moment(text) }) : element("span", { class: "none", text: "time not kept" });

export const whenAgo = text => element("time", { datetime: text, title: text, text: `${moment(text)} (${ago(text)})` });

// Replaces what a part shows. Who stands on a link or a button by the keyboard stays on it.
export function swap(host, ...nodes) {
  const focused = host.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  host.replaceChildren(...nodes.filter(node => node !== null && node !== undefined));
  if (focused) [...host.querySelectorAll("[data-key]")].find(one => one.dataset.key === focused)?.focus();
}

// A table; a cell is a text or an element. On a narrow screen each cell says its title.
export function table(caption, titles, rows) {
  const head = element("thead", {}, element("tr", {}, ...titles.map(text => element("th", { scope: "col", text }))));
  const cell = (value, at) => {
    const made = value instanceof Node ? [value] : [document.createTextNode(value ?? "")];
    return at === 0 ? element("th", { scope: "row" }, ...made) : element("td", { "data-title": titles[at] }, ...made);
  };
  const body = element("tbody", {}, ...rows.map(row => element("tr", {}, ...row.map(cell))));
  return element("table", {}, element("caption", { text: caption }), head, body);
}

export const address = (view, query) => `#${view}?${new URLSearchParams(query)}`;

// Only the program knows whose fingerprint it is. `ids` are those that the operator asked for.
export function contact(integration, fingerprint, ids) {
  if (!fingerprint) return element("span", { class: "none", text: "no contact" });
  const key = `${integration} ${fingerprint}`;
  const text = ids?.get(key) ?? `contact ${fingerprint}`;
  return element("a", { href: address("conversation", { integration, contact: fingerprint }), "data-key": `c ${key}`, text });
}

export const idsOf = answer => new Map(answer.contacts.map(one => [`${one.integration} ${one.contactFingerprint}`, one.contact]));

export function field(label, input) {
  return element("div", {}, element("label", { for: input.id, text: label }), input);
}

export function choice(id, options, chosen) {
  const made = ([value, text]) => element("option", { value, text, selected: value === chosen });
  return element("select", { id }, ...options.map(made));
}

// Buttons for the pieces of a long list.
export function pager(offset, size, total, go) {
  if (total <= size) return null;
  const button = (text, at, is) => element("button", { type: "button", "data-key": `pager ${text}`, "aria-disabled": is ? undefined : "true", onclick: () => is && go(at), text });
  return element("div", { class: "row" },
    button("Previous", Math.max(0, offset - size), offset > 0),
    element("span", { text: `${offset + 1} to ${Math.min(total, offset + size)} of ${total.toLocaleString("en-GB")}` }),
    button("Next", offset + size, offset + size < total));
}

export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return element("dl", {}, ...shown.flatMap(([name, value]) => [
    element("dt", { text: name }),
    element("dd", {}, value instanceof Node ? value : document.createTextNode(String(value))),
  ]));
}
