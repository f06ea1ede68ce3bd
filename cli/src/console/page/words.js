// Times and states in words.

const day = new Intl.DateTimeFormat("en-GB", { year: "numeric", month: "short", day: "numeric" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

// A moment in the browser's own time zone.
export function moment(text) {
  const date = new Date(text);
  return `${day.format(date)}, ${clock.format(date)}`;
}

export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min`;
  if (whole < 172800) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86400)} d`;
}

export const ago = text => `${span((Date.now() - Date.parse(text)) / 1000)} ago`;

export function soon(text) {
  const seconds = (Date.parse(text) - Date.now()) / 1000;
  return seconds <= 0 ? "now" : `in ${span(seconds)}`;
}

export const counted = (number, noun) => `${number.toLocaleString("en-GB")} ${noun}${number === 1 ? "" : "s"}`;

export const WAYS = { inbound: "to Genesys Cloud", outbound: "to Lynn" };

// The word for the state of an event, and its tone.
export const STATES = {
  delivered: ["delivered", "good"],
  settled: ["settled", "good"],
  trying: ["being tried", "wait"],
  waiting: ["waits", "wait"],
  deadLetter: ["dead letter", "bad"],
  givenUp: ["given up", "bad"],
};

export function status(conversation) {
  if (conversation.status === "open") return conversation.agentConnected ? "open, with an agent" : "open, no agent";
  return conversation.status;
}

// What a filter chooses, in words.
export function chosen(filter) {
  const parts = [];
  if (filter.integration) parts.push(`of ${filter.integration}`);
  if (filter.direction) parts.push(WAYS[filter.direction]);
  if (filter.cause) parts.push(`with the cause “${filter.cause}”`);
  if (filter.contactFingerprint) parts.push(`of contact ${filter.contactFingerprint}`);
  if (filter.since) parts.push(`given up since ${moment(filter.since)}`);
  return parts.length ? parts.join(", ") : "all";
}
