// What the bridge receives, as each side shows it.

import { lifecycleWords } from "./words.js";

export function received(model, entry, body) {
  const way = model.way(entry.trace, entry.contact, entry.at);
  way.from = entry.from;
  model.step(entry.trace, entry.contact, entry, "received", "good");
  if (entry.from === "lynn") fromLynn(model, entry, body ?? {}, way);
  else if (entry.from === "genesys") fromGenesys(model, entry, body ?? {}, way);
  else way.title = `${entry.method} ${entry.path}`;
}

function fromLynn(model, entry, body, way) {
  way.title = `customer: ${summary(body) || body.type || entry.path}`;
  if (body.type !== "message" || !entry.contact) {
    if (body.type === "session.ended") system(model, entry, "phone", "Lynn's session ended.");
    return;
  }
  model.show(entry.contact, "phone", {
    key: `m ${body.id ?? entry.trace}`, at: entry.at, trace: entry.trace, author: "customer",
    text: body.text ?? body.reply?.text ?? "", attachments: body.attachments ?? [], status: "sending",
    reply: body.reply?.to, channel: body.session?.channel,
  });
}

// What a template made of a request of another system: Lynn's events.
export function made(model, entry, events) {
  for (const event of events) {
    entry.contact ??= event.contact?.id;
    fromLynn(model, { ...entry, contact: event.contact?.id }, event, model.way(entry.trace, entry.contact, entry.at));
  }
}

function fromGenesys(model, entry, body, way) {
  if (entry.path.split("?")[0].endsWith("/events")) {
    const words = lifecycleWords(body);
    way.title = `event: ${words}`;
    system(model, entry, "desk", words);
    return;
  }
  const what = body.type === "Receipt" ? String(body.status).toLowerCase() : summary(body) || body.type;
  way.title = `${author(body)}: ${what ?? "webhook"}`;
  const isMessage = body.type === "Text" || body.type === "Structured";
  if (!isMessage || !entry.contact) return;
  model.show(entry.contact, "desk", {
    key: `m ${body.id}`, at: entry.at, trace: entry.trace, author: author(body), text: body.text ?? "",
    content: body.content ?? [], status: "sending",
  });
}

export function answeredRequest(model, asked, entry, isGood) {
  const way = model.ways.get(asked.trace);
  const hasQueued = way?.steps.some(step => step.name === "queued");
  const name = `answered ${entry.status}`;
  model.step(asked.trace, asked.contact, entry, name, isGood ? "good" : "bad", { why: isGood ? "" : reason(entry) });
  const status = isGood ? (hasQueued ? "accepted" : "accepted before") : `refused (${entry.status})`;
  for (const side of ["phone", "desk"]) {
    const item = way && find(model, asked.contact, side, asked.trace);
    if (item && item.status === "sending") model.update(asked.contact, side, item.key, { status, isBad: !isGood });
  }
}

function find(model, contact, side, trace) {
  const items = model.customers.get(contact)?.[side] ?? [];
  for (let place = items.length - 1; place >= 0; place--) if (items[place].trace === trace) return items[place];
  return undefined;
}

function system(model, entry, side, text) {
  if (!entry.contact) return;
  model.show(entry.contact, side, { key: `s ${entry.id}`, at: entry.at, author: "system", text, trace: entry.trace });
}

function reason(entry) {
  try {
    return JSON.parse(entry.body).detail ?? "";
  } catch {
    return "";
  }
}

export const author = body => (body.originatingEntity === "Bot" ? "bot" : body.type === "Receipt" ? "receipt" : "agent");

export function summary(body) {
  const text = body.text ?? body.reply?.text ?? "";
  const files = (body.attachments ?? []).length || (body.content ?? []).length;
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return [short, files ? `[${files} more]` : ""].filter(Boolean).join(" ");
}
