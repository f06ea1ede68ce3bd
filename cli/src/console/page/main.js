// Puts the page together: the key, the views, and what the program reports.

import { byId, element } from "/page/dom.js";
import { get, listen, unlock, whenLocked } from "/page/api.js";
import { say } from "/page/parts.js";
import { Job } from "/page/job.js";
import { Now } from "/page/now.js";
import { Conversations } from "/page/conversations.js";
import { ConversationView } from "/page/conversation.js";
import { Letters } from "/page/letters.js";
import { Audit } from "/page/audit.js";

const main = byId("main");
let views = {};
let shown = null;
let overview = null;

function lock() {
  byId("views").hidden = true;
  const input = element("input", { id: "key", autocomplete: "off", required: true });
  const form = element("form", { class: "card", onsubmit: event => {
    event.preventDefault();
    const text = input.value.trim();
    if (unlock(text.includes("#") ? text : `#key=${text}`)) location.replace("/");
  } },
  element("h2", { text: "This page needs its key" }),
  element("p", { text: "Open the address that “bridge console” printed. It ends in #key=…; or paste it here." }),
  element("label", { for: "key", text: "Address or key" }),
  element("div", { class: "row" }, input, element("button", { text: "Open" })));
  main.replaceChildren(form);
}

function route() {
  const [name, query] = location.hash.slice(1).split("?");
  // The skip link is no view.
  if (name === "main") return;
  const view = views[name] ?? views.now;
  say("");
  for (const link of byId("views").querySelectorAll("a")) {
    const is = link.hash === `#${view.tab}`;
    if (is) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  shown = view;
  document.title = `${view.title} – Bridge console`;
  main.replaceChildren(view.open(Object.fromEntries(new URLSearchParams(query ?? ""))));
  view.overview?.(overview);
}

async function start() {
  whenLocked(lock);
  byId("skip").addEventListener("click", event => {
    event.preventDefault();
    main.focus();
  });
  const isOpen = unlock(location.href);
  if (location.hash.includes("key=")) history.replaceState(null, "", "/#now");
  if (!isOpen) {
    lock();
    return;
  }
  const about = await get("/api/about").catch(error => {
    say(error.message);
    return null;
  });
  if (!about) return;
  byId("place").textContent = `Looking at ${about.bridge}. ${about.allowRedrive ? "Redriving is allowed." : "Read-only."}`;
  byId("views").hidden = false;
  const job = new Job();
  views = {
    now: new Now(about),
    conversations: new Conversations(about),
    conversation: new ConversationView(about),
    "dead-letters": new Letters(about),
    audit: new Audit(about, job),
  };
  addEventListener("hashchange", () => {
    route();
    main.focus();
  });
  route();
  listen({
    on(kind, data) {
      if (kind === "job") {
        job.show(data);
        shown.job?.(data);
        return;
      }
      // What another act has said stays.
      if (data.error || overview?.error) say(data.error ?? "");
      overview = data;
      if (!data.error) shown.overview?.(data);
    },
    connected: is => (byId("connection").textContent = is ? "" : "The console does not answer; the page tries again."),
  });
}

start();
