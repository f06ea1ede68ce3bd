// Conversations by any field. What is typed stays on the page: it may be a phone number.

import { element } from "/page/dom.js";
import { get, post } from "/page/api.js";
import { attempt, choice, contact, field, idsOf, pager, swap, table, whenAgo } from "/page/parts.js";
import { counted, moment, status } from "/page/words.js";

const STATUSES = [["", "any"], ["open", "open"], ["agent", "open, with an agent"], ["ended", "ended"], ["idle", "idle"]];

export class Conversations {
  tab = "conversations";
  title = "Conversations";

  constructor(about) {
    this.about = about;
    this.query = {};
  }

  open() {
    const text = element("input", { id: "search", type: "search", autocomplete: "off", value: this.query.text });
    const integration = choice("of", [["", "all"], ...this.about.integrations.map(name => [name, name])], this.query.integration);
    const state = choice("status", STATUSES, this.query.status);
    const form = element("form", { class: "filters", role: "search", onsubmit: event => {
      event.preventDefault();
      this.query = { text: text.value.trim(), integration: integration.value, status: state.value };
      this.look();
    } },
    field("Any field: contact, fingerprint, session, channel, conversation id", text),
    field("Integration", integration), field("Status", state), element("button", { text: "Search" }));
    this.found = element("section", { class: "card", "aria-label": "Conversations found", "aria-live": "polite" });
    this.look();
    return element("div", {}, element("h2", { text: "Conversations" }), element("div", { class: "card" }, form), this.found);
  }

  async look(more = {}) {
    const answer = await attempt(() => get("/api/conversations", { ...this.query, ...more }));
    if (!answer) return;
    const { scan, offset } = more;
    this.offset = Number(offset ?? 0);
    this.answer = answer;
    if (scan) this.about.scanned = true;
    this.show();
  }

  show(ids) {
    const { conversations, total, all, asOf, page, unreadable, scanned } = this.answer;
    const rows = conversations.map(one => [
      contact(one.integration, one.contactFingerprint, ids), one.integration, status(one),
      one.lastActivity ? whenAgo(one.lastActivity) : "none", one.channel ?? "", one.conversationId ?? "",
    ]);
    const titles = ["Contact", "Integration", "Status", "Last activity", "Channel", "Conversation in Genesys Cloud"];
    const caption = scanned ? `${counted(total, "conversation")} of ${all.toLocaleString("en-GB")}, the latest first` : counted(total, "conversation");
    swap(this.found,
      scanned ? null : element("p", { text: "A contact's whole id, or a conversation's whole id in Genesys Cloud, is found at once. Everything else needs the whole table of the stack, which AWS charges for." }),
      scanned && !this.about.isStack ? null : this.scan(scanned),
      rows.length ? table(caption, titles, rows) : element("p", { text: "No such conversation." }),
      pager(this.offset, page, total, offset => this.look({ offset })),
      rows.length && !ids ? element("button", { type: "button", onclick: () => this.reveal(), text: "Show contacts" }) : null,
      unreadable ? element("p", { text: `Not shown, because another version wrote it: ${counted(unreadable, "conversation")}.` }) : null,
      asOf ? element("p", { class: "plain", text: `As of ${moment(asOf)}. Showing contacts is recorded in the audit log.` }) : null);
  }

  scan(scanned) {
    return element("button", { type: "button", "data-key": "scan", onclick: () => this.look({ scan: "yes" }), text: scanned ? "Read the table again" : "Read the whole table" });
  }

  async reveal() {
    const contacts = this.answer.conversations.map(({ integration, contactFingerprint }) => ({ integration, contactFingerprint }));
    const shown = await attempt(() => post("/api/show", { what: "contacts", contacts }));
    if (shown) this.show(idsOf(shown));
  }
}
