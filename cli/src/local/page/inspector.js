// One event with everything that was sent for it: JSON, headers, signature; copy, send again, edit.

import { byId, element, time } from "./dom.js";
import { act } from "./act.js";
import { curl } from "./curl.js";
import { explained } from "./signature.js";
import { pretty } from "./words.js";
import { whyNotAgain } from "./real.js";

let about = {};
export const tell = facts => (about = facts);

function headers(list) {
  const rows = list.map(([name, value]) => element("tr", {}, element("th", { scope: "row", text: name }), element("td", { text: value })));
  return element("details", {}, element("summary", { text: `${list.length} headers` }), element("table", {}, ...rows));
}

function body(text, label) {
  return text ? element("pre", { tabindex: "0", role: "region", "aria-label": label, text: pretty(text) }) : element("p", { text: "No body." });
}

// The event and the request, with the template between them.
function beside(entry) {
  const made = "What the template made of it";
  const pair = entry.kind === "request"
    ? [["The request", entry.body], [made, entry.event]]
    : [["The event", entry.event], [made, entry.body]];
  return element("div", { class: "beside" }, ...pair.map(([label, text]) => element("div", {}, element("h4", { text: label }), body(text, label))));
}

async function copied(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // Without the right to the clipboard, the text is there to be selected.
    button.after(element("pre", { tabindex: "0", text }));
  }
}

function again(entry) {
  const why = whyNotAgain(entry.from);
  if (why) return element("p", { class: "about", text: `It cannot be sent again here. ${why}` });
  const said = element("p", { role: "status" });
  const post = async (words, text, sign) => {
    const done = await act(words, "post", { path: entry.path, headers: entry.headers, body: text, sign });
    said.textContent = done.words || (done.accepted ? "Sent." : "Not sent.");
  };
  const edited = element("textarea", { rows: 8, "aria-label": "The body to send" });
  edited.value = pretty(entry.body);
  const sign = element("input", { type: "checkbox", checked: true });
  const change = element("details", {}, element("summary", { text: "Edit and send" }), edited,
    element("label", {}, sign, " sign it again (without, a changed body is refused)"),
    element("button", { type: "button", text: "Send what is written here", onclick: () => post("a changed request", edited.value, sign.checked) }));
  return element("div", {}, element("button", { type: "button", text: "Send again", onclick: () => post("the same request again", entry.body, false) }), change, said);
}

async function exchange(entry) {
  const isRequest = entry.kind === "request";
  const who = isRequest ? `${entry.from === "lynn" ? "Lynn" : "Genesys"} → bridge` : `bridge → ${entry.to === "lynn" ? "Lynn" : "Genesys"}`;
  const copy = element("button", { type: "button", text: "Copy as curl" });
  copy.addEventListener("click", () => copied(copy, curl(entry, about.bridge)));
  const made = element("section", {}, element("h3", { text: `${time(entry.at)} ${who}: ${entry.method} ${entry.path ?? entry.url}` }),
    headers(entry.headers), entry.event ? beside(entry) : body(entry.body, "The body that was sent"), await explained(entry, about), copy,
    isRequest && entry.method === "POST" ? again(entry) : null);
  const answer = entry.answer;
  if (answer) {
    const status = answer.status ? `answered ${answer.status}` : `no answer: ${answer.error}`;
    made.append(element("h4", { text: `${status}, after ${answer.tookMs} ms` }), headers(answer.headers), body(answer.body, "The body of the answer"));
  }
  return made;
}

export async function inspect(model, trace) {
  const way = model.ways.get(trace);
  if (!way) return;
  byId("inspector-title").textContent = way.title || trace;
  const steps = way.steps.map(step => element("li", { class: step.kind, text: `${time(step.at)} ${step.name} ${step.why ?? ""}` }));
  const shown = way.steps.map(step => model.entries.get(step.entry)).filter(entry => entry && (entry.kind === "request" || entry.kind === "call"));
  const parts = await Promise.all([...new Set(shown)].map(exchange));
  byId("inspector-body").replaceChildren(element("ol", { class: "steps" }, ...steps), ...parts);
  const dialog = byId("inspector");
  if (!dialog.open) dialog.showModal();
}

byId("inspector-close").addEventListener("click", () => byId("inspector").close());
