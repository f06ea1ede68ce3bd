// What a vendor accepted from the bridge, as each side shows it.

import { parsed } from "./dom.js";
import { author, summary } from "./received.js";
import { endWords } from "./words.js";

export function answeredCall(model, asked, entry, isGood) {
  // What a template makes may have any shape.
  const body = parsed(asked.event ?? asked.body);
  if (!body || !asked.contact) return;
  if (asked.to === "lynn") toLynn(model, asked, body, isGood);
  else toGenesys(model, asked, body, isGood);
}

function toLynn(model, asked, given, isGood) {
  // The campaign wraps its message.
  const body = given.message && given.contactId ? { ...given.message, type: "message" } : given;
  const contact = asked.contact;
  if (!isGood) return;
  if (body.type === "message") {
    model.show(contact, "phone", {
      key: `m ${body.id}`, at: asked.at, trace: asked.trace, author: body.author ?? "agent",
      name: body.agent?.name, text: body.text ?? "", attachments: body.attachments ?? [],
      quickReplies: body.quickReplies ?? [], cards: body.cards ?? [], datePicker: body.datePicker,
      fallback: body.fallbackText ?? "", id: body.id, status: "", template: body.template,
    });
    model.update(contact, "desk", `m ${body.id}`, { status: "with Lynn", isBad: false });
    titled(model, asked, `${author({})}: ${summary(body)}`);
  } else if (body.type === "typing") {
    model.customer(contact).phoneTyping = asked.at + (body.durationMs ?? 5000);
  } else if (body.type === "receipt") {
    const why = body.reason?.message ? `: ${body.reason.message}` : "";
    const isBad = body.status === "failed";
    model.update(contact, "phone", `m ${body.messageId}`, { status: `${shown(body.status)}${why}`, isBad });
    titled(model, asked, `receipt: ${body.status}`);
  } else if (body.type === "conversation.agentConnected") {
    system(model, asked, "phone", `An agent joined: ${body.agent?.name ?? "without a name"}`);
  } else if (body.type === "conversation.ended") {
    system(model, asked, "phone", endWords(body));
  } else if (body.type) {
    system(model, asked, "phone", body.type);
  }
}

function toGenesys(model, asked, body, isGood) {
  const contact = asked.contact;
  const path = asked.url.split("?")[0];
  if (path.endsWith("/inbound/open/message") || path.endsWith("/structured/response")) {
    if (!isGood) return;
    const id = body.channel?.messageId ?? asked.id;
    const answer = body.buttonResponse?.text ?? body.content?.[0]?.buttonResponse?.text;
    model.show(contact, "desk", {
      key: `c ${id}`, at: asked.at, trace: asked.trace, author: "customer",
      text: body.text ?? answer ?? "", content: body.content ?? [], status: "",
    });
    model.update(contact, "phone", `m ${id}`, { status: "with Genesys", isBad: false });
  } else if (path.endsWith("/inbound/open/event") && isGood) {
    model.customer(contact).deskTyping = asked.at + 5000;
  } else if (path.endsWith("/inbound/open/receipt")) {
    const why = body.reasons?.[0]?.message ? `: ${body.reasons[0].message}` : "";
    const isBad = body.status === "Failed";
    if (isGood) model.update(contact, "desk", `m ${body.id}`, { status: `${String(body.status).toLowerCase()}${why}`, isBad });
  }
}

// An event of the bridge itself has no request that gives it a title.
function titled(model, asked, title) {
  const way = asked.trace && model.ways.get(asked.trace);
  if (way && !way.from) way.title = title;
}

function system(model, asked, side, text) {
  model.show(asked.contact, side, { key: `s ${asked.id}`, at: asked.at, author: "system", text, trace: asked.trace });
}

const shown = status => (status === "published" ? "delivered to Genesys" : status);
