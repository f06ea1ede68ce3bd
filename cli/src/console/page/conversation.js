// One conversation: its state, and the steps of each of its events.

import { element } from "/page/dom.js";
import { get, post } from "/page/api.js";
import { address, attempt, facts, swap, when, whenAgo } from "/page/parts.js";
import { STATES, WAYS, counted, status } from "/page/words.js";

export class ConversationView {
  tab = "conversations";
  title = "Conversation";

  constructor(about) {
    this.about = about;
  }

  open({ integration, contact }) {
    this.query = { integration, contactFingerprint: contact };
    this.shown = null;
    this.host = element("div", {}, element("p", { text: "The conversation is read …" }));
    this.look();
    return this.host;
  }

  async look(offset = 0) {
    const query = this.query;
    const answer = await attempt(() => get("/api/conversation", { ...query, offset }));
    // Another conversation may have been opened meanwhile.
    if (!answer || query !== this.query) return;
    this.answer = answer;
    this.draw();
  }

  draw() {
    const { integration, contactFingerprint, events, notes, total, offset, older } = this.answer;
    const id = this.shown?.contact ?? `contact ${contactFingerprint}`;
    const letters = events.filter(one => one.letter).length;
    swap(this.host,
      element("h2", { text: `Conversation of ${id}` }),
      element("section", { class: "card", "aria-label": "State" }, this.state(), element("div", { class: "row" },
        this.shown ? null : element("button", { type: "button", "data-key": "show", onclick: () => this.reveal(), text: "Show contact and texts" }),
        element("button", { type: "button", "data-key": "again", onclick: () => this.look(offset), text: "Read again" }),
        letters ? element("a", { href: address("dead-letters", { integration, contact: contactFingerprint }), "data-key": "letters", text: `Its ${counted(letters, "dead letter")}` }) : null),
      this.shown ? null : element("p", { class: "plain", text: "Showing them is recorded in the audit log." })),
      element("section", { class: "card", "aria-label": "Timeline" },
        element("h3", { text: `Timeline: ${counted(total, "event")}, the earliest first` }),
        older ? this.step(`Earlier: ${counted(older, "event")}`, offset + 100) : null,
        element("ol", { class: "events" }, ...events.map(one => this.event(one))),
        offset ? this.step("Later", Math.max(0, offset - 100)) : null,
        ...notes.map(text => element("p", { class: "plain", text }))));
  }

  step(text, offset) {
    return element("button", { type: "button", "data-key": text, onclick: () => this.look(offset), text });
  }

  state() {
    const { integration, conversation, contactFingerprint } = this.answer;
    if (!conversation) return facts([["Integration", integration], ["Contact", contactFingerprint]]);
    const full = this.shown?.conversation ?? conversation;
    const time = text => text && whenAgo(text);
    return facts([
      ["Status", status(conversation)], ["Integration", integration], ["Contact", this.shown?.contact ?? `${contactFingerprint} (fingerprint)`],
      ["In Genesys Cloud", conversation.conversationId], ["Last activity", time(conversation.lastActivity)],
      ["Ended", time(conversation.endedAt)], ["Resumable until", conversation.resumableUntil && when(conversation.resumableUntil)],
      ["Lynn's session", conversation.session.open ? "open" : "over"], ["Session's id", full.session.id], ["Channel", conversation.session.channel],
      ["Session times out", conversation.session.until && when(conversation.session.until)], ["Lynn's contact id", full.lynnContactId],
      ["Events that Lynn took", conversation.sequence],
    ]);
  }

  event(one) {
    const [word, tone] = STATES[one.state] ?? [one.state, "plain"];
    const said = this.shown?.texts[one.key];
    const steps = one.steps.map(step => element("li", {}, when(step.at), element("span", { class: step.tone, text: step.words })));
    return element("li", {},
      element("p", {}, element("b", { text: one.title }), ` ${WAYS[one.direction]} `, element("span", { class: `chip ${tone}`, text: word })),
      said?.text ? element("p", { class: "said", text: said.text }) : null,
      element("ol", { class: "steps" }, ...steps));
  }

  async reveal() {
    const shown = await attempt(() => post("/api/show", { what: "conversation", ...this.query }));
    if (!shown) return;
    this.shown = shown;
    this.draw();
  }
}
