// What people do: the forms and the buttons of both sides.

import { byId } from "./dom.js";
import { act, complain } from "./act.js";
import { button, sender } from "./buttons.js";
import { whyNot } from "./fits.js";
import { isReal, whyDone, whyNoFiles } from "./real.js";

export class People {
  constructor(chosen) {
    this.chosen = chosen;
    this.people = new Map();
    this.all = [];
    this.customer();
    this.agent();
    byId("writer").addEventListener("change", () => this.refresh());
  }

  asCustomer(words, what) {
    const contact = this.chosen();
    return act(`${contact}: ${words}`, "customer", { contact, channel: byId("channel").value, ...what });
  }

  asAgent(words, what) {
    const contact = this.chosen();
    const agent = this.writer();
    const by = agent === "bot" ? {} : { agent };
    return act(`${agent}: ${words}`, "agent", { contact, ...by, ...what });
  }

  writer() {
    return byId("writer").value;
  }

  why(what) {
    const done = whyDone("genesys") || (what === "sends" && whyNoFiles());
    if (done) return done;
    const contact = this.chosen();
    return whyNot(what, { contact, people: this.people.get(contact), agent: this.writer() });
  }

  form(id, why, send) {
    const input = byId(`${id}-text`);
    this.all.push(sender(byId(`${id}-form`).querySelector("button"), why));
    byId(`${id}-form`).addEventListener("submit", async event => {
      event.preventDefault();
      const text = input.value.trim();
      const problem = why();
      if (problem) complain(problem);
      if (!text || problem) return;
      const done = await send(text);
      // What was typed meanwhile stays.
      if (done.accepted && input.value.trim() === text) input.value = "";
    });
  }

  buttons(host, list) {
    for (const [text, run, why] of list) {
      const made = button(text, run, why);
      this.all.push(made);
      byId(host).append(made);
    }
  }

  customer() {
    const someone = () => whyDone("lynn") || (this.chosen() ? "" : "Choose or add a customer first.");
    this.form("phone", someone, text => this.asCustomer(text, { act: "says", text }));
    const sends = (text, file) => [text, () => this.asCustomer(text, { act: "sends", file }), () => whyDone("lynn") || whyNoFiles() || someone()];
    const reports = (text, status) => [text, () => this.report(status), () => someone() || (this.last?.() ? "" : "There is no message of an agent or a bot yet.")];
    this.buttons("phone-acts", [
      sends("Send a photo", "photo"), sends("Send a voice note", "voiceNote"), sends("Send a document", "document"),
      ["Type", () => this.asCustomer("types", { act: "types" }), someone],
      reports("Delivered", "delivered"), reports("Read", "read"), reports("Failed", "failed"),
      ["End Lynn's session", () => this.asCustomer("the session ends", { act: "sessionEnds" }), someone],
    ]);
  }

  // Lynn reports what became of the last message of the other side.
  report(status) {
    const message = this.last();
    this.asCustomer(`reports ${status}`, { act: "reports", messageId: message.id, status });
  }

  agent() {
    this.form("desk", () => this.why("says"), text => this.asAgent(text, { act: this.writer() === "bot" ? "botSays" : "says", text }));
    const does = (text, what, more = {}) => [text, () => this.asAgent(text, { act: what, ...more }), () => this.why(what)];
    const offers = (text, offer) => [`Bot: ${text}`, () => this.asAgent(text, { act: "offers", offer }), () => this.why("")];
    this.buttons("desk-acts", [
      does("Wait in queue", "queue"), does("Ring", "ring"), does("Accept", "accept"), does("Reject", "reject"),
      does("Send a photo", "sends", { file: "photo" }), does("Send a document", "sends", { file: "document" }), does("Type", "types"),
      offers("quick replies", "quickReplies"), offers("card", "card"), offers("carousel", "carousel"), offers("date picker", "datePicker"),
      does("Join", "join"), does("Leave", "leave"), does("Transfer to queue", "transfer"), does("End", "end"), does("Time out", "timeOut"),
    ]);
  }

  show(customers) {
    for (const customer of customers) this.people.set(customer.id, customer.people);
    const people = this.people.get(this.chosen());
    const names = people?.connected.join(", ");
    const text = isReal("genesys") ? "Agents answer in the real Genesys Cloud." : !people ? "No conversation yet." : !people.open ? "The conversation has ended." : names ? `Connected: ${names}.` : people.rung.length ? `Rung: ${people.rung.join(", ")}.` : people.waits ? "The customer waits in the queue." : "The conversation is open; no agent is there.";
    if (byId("people").textContent !== text) byId("people").textContent = text;
    this.refresh();
  }

  refresh() {
    for (const one of this.all) one.refresh();
  }
}
