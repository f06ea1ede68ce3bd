// Everything that passed, as conversations and as ways of messages. No input or output.

import { parsed } from "./dom.js";
import { lineStep } from "./lines.js";
import { received, answeredRequest, made } from "./received.js";
import { answeredCall } from "./called.js";

export class Model {
  constructor() {
    this.entries = new Map();
    // By trace: the way of one event.
    this.ways = new Map();
    this.order = [];
    // By customer: what each side shows.
    this.customers = new Map();
    this.changed = { ways: new Set(), items: new Set() };
  }

  customer(id) {
    if (!this.customers.has(id)) this.customers.set(id, { id, phone: [], desk: [], byKey: new Map() });
    return this.customers.get(id);
  }

  // An item of one side. A second one with the same key is the same message.
  show(contact, side, item) {
    const customer = this.customer(contact);
    const key = `${side} ${item.key}`;
    const known = customer.byKey.get(key);
    if (known) {
      Object.assign(known, item);
      this.changed.items.add(known);
      return known;
    }
    const shown = { side, contact, ...item };
    customer.byKey.set(key, shown);
    customer[side].push(shown);
    return shown;
  }

  // Changes an item that is shown.
  update(contact, side, key, changes) {
    const item = this.customers.get(contact)?.byKey.get(`${side} ${key}`);
    if (!item) return;
    Object.assign(item, changes);
    this.changed.items.add(item);
  }

  way(trace, contact, at) {
    let way = this.ways.get(trace);
    if (!way) {
      way = { trace, contact, at, title: "", from: "", steps: [] };
      this.ways.set(trace, way);
      this.order.push(way);
    }
    way.contact ??= contact;
    this.changed.ways.add(way);
    return way;
  }

  step(trace, contact, entry, name, kind, more = {}) {
    if (!trace) return null;
    const way = this.way(trace, contact, entry.at);
    way.steps.push({ name, kind, at: entry.at, entry: entry.id, ...more });
    return way;
  }

  add(entry) {
    if (this.entries.has(entry.id)) return;
    this.entries.set(entry.id, entry);
    if (entry.contact) this.customer(entry.contact);
    if (entry.kind === "request") received(this, entry, parsed(entry.body));
    else if (entry.kind === "queued") this.queued(entry);
    else if (entry.kind === "call") this.called(entry);
    else if (entry.kind === "answer") this.answered(entry);
    else if (entry.kind === "templated") this.templated(entry);
    else if (entry.kind === "line") lineStep(this, entry);
    else if (entry.kind === "note") this.noted(entry);
  }

  queued(entry) {
    const way = this.way(entry.trace, entry.contact, entry.at);
    const isFirst = !way.steps.some(step => step.name === "queued");
    const name = isFirst ? "queued" : `${entry.event} queued for ${entry.direction === "inbound" ? "Genesys" : "Lynn"}`;
    const steps = [{ name, kind: "good", at: entry.at, entry: entry.id }];
    if (isFirst && way.from) steps.unshift({ ...steps[0], name: "verified", at: entry.verifiedAt });
    // Its delivery may have begun before the program knew that it was queued.
    const begun = isFirst ? way.steps.findIndex(step => step.name !== "received") : -1;
    way.steps.splice(begun < 0 ? way.steps.length : begun, 0, ...steps);
    way.title ||= `${entry.event} ${entry.eventId}`;
  }

  called(entry) {
    const place = entry.to === "genesys" ? "Genesys" : "Lynn";
    const isLogin = /\/oauth\/token|CreateToken/.test(entry.url);
    const name = isLogin ? `log in to ${place}` : `attempt ${entry.attempt ?? ""} to ${place}`;
    const way = this.step(entry.trace, entry.contact, entry, name, "busy", { call: true });
    if (way?.event && !isLogin && entry.to === "lynn") {
      entry.event = way.event;
      way.event = undefined;
    }
  }

  // A template stands between an event and a request: the next one to Lynn, or the one before.
  templated(entry) {
    const way = this.step(entry.trace, undefined, entry, entry.of ? "a template made the event" : "a template made the request", "good");
    const request = entry.of && this.entries.get(entry.of);
    if (request) {
      request.event = entry.json;
      made(this, request, [parsed(entry.json)].flat());
    } else if (way) way.event = entry.json;
  }

  answered(entry) {
    const asked = this.entries.get(entry.of);
    if (!asked) return;
    asked.answer = entry;
    const isGood = entry.status >= 200 && entry.status < 300;
    if (asked.kind === "request") {
      answeredRequest(this, asked, entry, isGood);
      return;
    }
    const way = asked.trace && this.ways.get(asked.trace);
    const begun = way?.steps.find(step => step.entry === asked.id);
    if (begun) begun.kind = isGood ? "good" : "bad";
    const name = isGood ? "sent" : entry.status ? `answered ${entry.status}` : "no answer";
    this.step(asked.trace, asked.contact, entry, name, isGood ? "good" : "bad", { why: entry.error ?? "" });
    answeredCall(this, asked, entry, isGood);
  }

  noted(entry) {
    const trace = `note ${entry.id}`;
    const way = this.way(trace, entry.contact, entry.at);
    way.title = entry.words;
    way.isNote = true;
  }
}
