// A plain Node middleware between Lynn and Genesys Cloud, as fast as Node allows: node:http only, everything in
// memory, no framework, no log. It does what a message needs: verify, map, post, drop repeats, keep the order of a
// conversation. What it has not done yet is lost when it ends.
//
// Usage: node middleware.mjs VENDORS KEY SECRET
import { createHmac, timingSafeEqual } from "node:crypto";
import { Agent, createServer, request } from "node:http";

const [vendors, key, secret] = process.argv.slice(2);
const vendor = new URL(vendors);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const expectedKey = Buffer.from(key);

/** Ids of messages that were taken, in two generations, so that memory stays bounded. */
let seen = new Set();
let seenBefore = new Set();
function isRepeat(id) {
  if (seen.has(id) || seenBefore.has(id)) return true;
  seen.add(id);
  if (seen.size >= 100_000) [seenBefore, seen] = [seen, new Set()];
  return false;
}

function post(path, headers, body) {
  return new Promise((resolve, reject) => {
    const call = request(
      { agent, host: vendor.hostname, port: vendor.port, method: "POST", path, headers },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk) => (text += chunk));
        answer.on("end", () => (answer.statusCode < 300 ? resolve(text) : reject(new Error(answer.statusCode))));
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}

let token;
async function authorization() {
  if (!token) {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    token = post("/oauth/token", form, "grant_type=client_credentials").then(
      (text) => `Bearer ${JSON.parse(text).access_token}`,
    );
  }
  return token;
}

/** The last delivery of each conversation that has one under way. */
const last = new Map();
function inOrder(conversation, deliver) {
  const before = last.get(conversation);
  const own = before ? before.then(deliver) : deliver();
  last.set(conversation, own);
  const done = () => last.get(conversation) === own && last.delete(conversation);
  own.then(done, done);
}

async function toGenesys(event) {
  const body = JSON.stringify({
    channel: {
      messageId: event.id,
      from: { id: event.contact.id, idType: "Opaque", nickname: event.contact.nickname },
      time: event.time ?? new Date().toISOString(),
      metadata: { customAttributes: { "session.id": event.session?.id, "session.channel": event.session?.channel } },
    },
    text: event.text,
  });
  const headers = {
    authorization: await authorization(),
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  };
  await post("/api/v2/conversations/messages/load/inbound/open/message", headers, body);
}

async function toLynn(message) {
  const body = JSON.stringify({
    type: "message",
    id: message.id,
    time: message.channel.time,
    integration: "load",
    contact: { id: message.channel.to.id, idType: "opaque" },
    author: message.originatingEntity === "Human" ? "agent" : "bot",
    text: message.text,
    attachments: [],
    quickReplies: [],
    cards: [],
  });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  await post("/lynn", headers, body);
}

function take(call, body) {
  if (call.url === "/lynn/load") {
    const given = Buffer.from(call.headers["x-api-key"] ?? "");
    if (given.length !== expectedKey.length || !timingSafeEqual(given, expectedKey)) return 401;
    const event = JSON.parse(body);
    if (!isRepeat(`i ${event.contact.id} ${event.id}`)) inOrder(event.contact.id, () => toGenesys(event));
    return 202;
  }
  if (call.url === "/genesys/load") {
    const own = Buffer.from(`sha256=${createHmac("sha256", secret).update(body).digest("base64")}`);
    const given = Buffer.from(call.headers["x-hub-signature-256"] ?? "");
    if (given.length !== own.length || !timingSafeEqual(given, own)) return 401;
    const message = JSON.parse(body);
    if (!isRepeat(`o ${message.id}`)) inOrder(message.channel.to.id, () => toLynn(message));
    return 200;
  }
  return 404;
}

const server = createServer((call, answer) => {
  const chunks = [];
  call.on("data", (chunk) => chunks.push(chunk));
  call.on("end", () => {
    let status = 400;
    try {
      status = take(call, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    } catch {
      // The body is no event.
    }
    const body = '{"status":"accepted"}';
    answer.writeHead(status, { "content-type": "application/json", "content-length": body.length });
    answer.end(body);
  });
});
server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
