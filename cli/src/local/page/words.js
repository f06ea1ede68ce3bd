// Events in words.

import { clock, parsed } from "./dom.js";

const KINDS = {
  "customer.start": "The customer's conversation starts.",
  "customer.end": "The conversation ends.",
  "acd.start": "The customer waits in the queue.",
  "acd.end": "The customer has left the queue.",
  "user.start": "An agent is called.",
  "user.end": "An agent has left.",
};

export function lifecycleWords(body) {
  const text = JSON.stringify(body);
  const found = Object.keys(KINDS).find(kind => text.includes(kind));
  return found ? KINDS[found] : "An event of Genesys Cloud.";
}

const REASONS = { agent: "by the agent", customer: "by the customer", timeout: "the customer was silent" };

export function endWords(body) {
  const until = body.resumableUntil ? `; a message until ${clock(body.resumableUntil)} resumes it` : "";
  return `The conversation ended (${REASONS[body.reason] ?? body.reason})${until}.`;
}

// The chip of a customer's tab.
export function chip(customer, now) {
  const conversation = customer?.conversation;
  if (customer?.sessionOver) return "session over";
  if (!conversation || !["open", "ended"].includes(conversation.status)) return "idle";
  if (conversation.status === "open") return conversation.agentConnected ? "with agent" : "open";
  const until = conversation.resumableUntil;
  return until && Date.parse(until) > now ? `ended, resumable until ${when(until, now)}` : "ended";
}

function when(until, now) {
  const date = new Date(until);
  const isSoon = date.getTime() - now < 12 * 3600 * 1000;
  return isSoon ? clock(until) : date.toLocaleDateString("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });
}

// The tick of a message, beside its words.
export function tick({ status, isBad }) {
  if (isBad) return "✗";
  if (status === "sending") return "…";
  return /^(delivered|read)/.test(status) ? "✓✓" : "✓";
}

export function pretty(text) {
  const body = parsed(text);
  return body === null ? text : JSON.stringify(body, null, 2);
}
