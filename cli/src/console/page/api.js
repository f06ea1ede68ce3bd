// Asks the program. The key is in the part of the address that a browser sends to no server.

const KEPT = "bridge-console-key";
let key = "";
let locked = () => {};

// Takes the key out of the address, or the one that this tab has already. Whether there is one.
export function unlock(address) {
  const given = new URLSearchParams(address.split("#")[1] ?? "").get("key");
  if (given) sessionStorage.setItem(KEPT, given);
  key = sessionStorage.getItem(KEPT) ?? "";
  return key !== "";
}

export const whenLocked = then => (locked = then);

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { ...options.headers, "x-console-key": key } });
  } catch {
    throw new Error("The console does not answer. Is it still running?");
  }
  if (answer.status === 401) {
    sessionStorage.removeItem(KEPT);
    locked();
  }
  return answer;
}

async function told(answer) {
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail ?? `The console answered ${answer.status}.`);
  return body;
}

export async function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const text = new URLSearchParams(given).toString();
  return told(await ask(text ? `${path}?${text}` : path));
}

export async function post(path, body) {
  const headers = { "content-type": "application/json" };
  return told(await ask(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

// Server-sent events by fetch, since an EventSource sends no header.
export async function listen({ on, connected }) {
  for (;;) {
    try {
      const answer = await ask("/api/events");
      if (answer.status === 401) return;
      connected(true);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
        const pieces = text.split("\n\n");
        text = pieces.pop();
        for (const piece of pieces) one(piece, on);
      }
    } catch {
      // It tries again.
    }
    connected(false);
    await new Promise(done => setTimeout(done, 1000));
  }
}

function one(piece, on) {
  const field = name => piece.split("\n").find(line => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = field("data");
  if (data) on(field("event") ?? "message", JSON.parse(data));
}
