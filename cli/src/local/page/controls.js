// Faults, the clock, the bridge itself, and its state.

import { byId, element } from "./dom.js";
import { act } from "./act.js";
import { button, group } from "./buttons.js";
import { whyDone, whyNoJump } from "./real.js";

const HOUR = 60;

export class Controls {
  constructor(chosen) {
    this.chosen = chosen;
    this.state = {};
    this.all = [];
    this.program();
    this.faults();
    this.letters = element("div");
    this.summary = element("p", { role: "status" });
    byId("state").append(this.summary, this.letters);
  }

  button(...values) {
    const made = button(...values);
    this.all.push(made);
    return made;
  }

  program() {
    const runs = () => this.state.runs;
    const jump = (text, minutes) => this.button(text, () => act(text, "program", { act: "jump", minutes }), whyNoJump);
    byId("program").append(
      group("The bridge",
        this.button("Kill it", () => act("the bridge is killed", "program", { act: "kill" }), () => (runs() ? "" : "It does not run.")),
        this.button("Start it again", () => act("the bridge starts again", "program", { act: "start" }), () => (runs() ? "It runs." : ""))),
      group("All clocks", jump("An hour ahead", HOUR), jump("Past the window: 73 hours ahead", 73 * HOUR)));
    this.bridge = element("p", { role: "status" });
    byId("program").append(this.bridge);
  }

  faults() {
    const genesys = (text, fault) => this.button(text, () => act(`Genesys: ${text}`, "genesys", { fault }), () => whyDone("genesys"));
    const lynn = (text, fault) => this.button(text, () => act(`Lynn: ${text}`, "lynn", { fault }), () => whyDone("lynn"));
    const someone = side => () => whyDone(side) || (this.chosen() ? "" : "Choose or add a customer first.");
    const ofCustomer = (text, what) => this.button(text, () => act(`Lynn: ${text}`, "lynn", { contact: this.chosen(), ...what }), someone("lynn"));
    byId("faults").append(
      group("Genesys Cloud, its next call", genesys("503", "unavailable"), genesys("429, later", "rateLimited"), genesys("400", "refused"),
        genesys("4 s slow", "slow"), genesys("Answer lost", "answerLost")),
      group("Genesys Cloud", genesys("Revoke the token", "tokenRevoked"), genesys("Down", "down"), genesys("Up again", "repaired"),
        genesys("Last webhook twice", "webhookTwice"), this.button("Webhook with a bad signature", () => this.forge(), someone("genesys"))),
      group("Lynn, the next post", lynn("503", "unavailable"), lynn("400", "refused"), lynn("4 s slow", "slow"), lynn("Answer lost", "answerLost")),
      group("Lynn", lynn("Down", "down"), lynn("Up again", "repaired"), ofCustomer("Session over", { fault: "sessionOver", over: true }),
        ofCustomer("Session back", { fault: "sessionOver", over: false }), ofCustomer("Refuse this customer", { fault: "blocks", blocked: true }),
        ofCustomer("Accept this customer", { fault: "blocks", blocked: false })));
  }

  forge() {
    const id = crypto.randomUUID();
    const body = JSON.stringify({ id, type: "Text", direction: "Outbound", originatingEntity: "Human", text: "I am not Genesys",
      channel: { platform: "Open", type: "Private", messageId: id, to: { id: this.chosen(), idType: "Opaque" }, time: new Date().toISOString() } });
    act("a webhook with a bad signature", "post", { path: `/genesys/${this.integration}`, body, sign: false,
      headers: [["content-type", "application/json"], ["x-hub-signature-256", "sha256=bm90IHRoZSBzaWduYXR1cmU="]] });
  }

  show(state) {
    this.state = state;
    const ahead = Math.round((state.aheadMs ?? 0) / 60000);
    const clock = ahead ? ` All clocks are ${ahead} minutes ahead.` : "";
    set(this.bridge, `The bridge ${state.runs ? "runs" : "does not run; what was accepted is kept"}.${clock}`);
    const waiting = state.waiting ?? {};
    const letters = Array.isArray(state.deadLetters) ? state.deadLetters : [];
    const faults = (state.genesys?.faults ?? 0) + (state.lynn?.faults ?? 0);
    const down = [state.genesys?.down && "Genesys Cloud is down.", state.lynn?.down && "Lynn is down."].filter(Boolean).join(" ");
    set(this.summary, `${waiting.inbound ?? 0} events wait for Genesys, ${waiting.outbound ?? 0} for Lynn. ${letters.length} dead letters. ${faults} faults wait for a call. ${down}`);
    this.list(letters);
    this.refresh();
  }

  list(letters) {
    const key = JSON.stringify(letters);
    if (key === this.listed) return;
    this.listed = key;
    const again = (words, id) => act(words, "program", { act: "redrive", id });
    const rows = letters.map(letter => element("li", {}, `${letter.id}: ${letter.event?.kind ?? ""} ${letter.event?.id ?? ""}, ${letter.cause}; ${letter.attempts} attempts. `,
      element("button", { type: "button", text: "Redrive", "aria-label": `Redrive ${letter.id}`, onclick: () => again(`redrive ${letter.id}`, letter.id) })));
    this.letters.replaceChildren(element("ul", {}, ...rows),
      ...(letters.length ? [element("button", { type: "button", text: "Redrive all", onclick: () => again("redrive all", null) })] : []));
  }

  refresh() {
    for (const one of this.all) one.refresh();
  }
}

function set(where, text) {
  if (where.textContent !== text) where.textContent = text;
}
