// How a signature was computed, step by step, with the values of this message.

import { element } from "./dom.js";

const bytes = text => new TextEncoder().encode(text);
const base64 = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const decoded = text => Uint8Array.from(atob(text), one => one.charCodeAt(0));

async function hmac(key, text) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return base64(await crypto.subtle.sign("HMAC", imported, bytes(text)));
}

const header = (entry, name) => entry.headers.find(([known]) => known.toLowerCase() === name)?.[1];

const HIDDEN = "(of the real side; not shown here)";

// What is signed, with which key; null for a message without a signature.
async function computed(entry, about) {
  if (header(entry, "x-hub-signature-256")) {
    const secret = about.webhookSecret;
    const value = secret && `sha256=${await hmac(bytes(secret), entry.body)}`;
    return {
      given: header(entry, "x-hub-signature-256"), value,
      steps: [`key = the webhook secret ${secret ?? HIDDEN}`, "signed = the body, byte for byte as it came",
        "x-hub-signature-256 = sha256= + base64(HMAC-SHA256(key, signed))"],
    };
  }
  if (header(entry, "webhook-signature")) {
    const id = header(entry, "webhook-id");
    const at = header(entry, "webhook-timestamp");
    const secret = about.signingSecret;
    const value = secret && `v1,${await hmac(decoded(secret.slice(6)), `${id}.${at}.${entry.body}`)}`;
    return {
      given: header(entry, "webhook-signature"), value,
      steps: [`key = base64 decoded, of ${secret ?? HIDDEN} without whsec_`, `signed = ${id} . ${at} . the body`,
        "webhook-signature = v1, + base64(HMAC-SHA256(key, signed))"],
    };
  }
  return null;
}

export async function explained(entry, about) {
  const key = header(entry, "x-api-key");
  if (entry.cut) return null;
  const found = await computed(entry, about);
  if (!found) return key ? element("p", { text: `No signature: the caller gave the key x-api-key: ${key}.` }) : null;
  const given = element("p", {}, "in the header: ", element("code", { text: found.given }));
  const parts = [element("h4", { text: "The signature" }), element("ol", {}, ...found.steps.map(step => element("li", { text: step })))];
  if (!found.value) return element("div", {}, ...parts, given);
  const matches = found.given.split(" ").includes(found.value);
  return element("div", {}, ...parts,
    element("p", {}, "computed here: ", element("code", { text: found.value })), given,
    element("p", { class: matches ? "good" : "bad", text: matches ? "They are the same." : "They differ: the bridge answers 401." }));
}
