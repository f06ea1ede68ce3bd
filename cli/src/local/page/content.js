// Renders the content of a message, beside its text.

import { element, link } from "./dom.js";

function file(attachment) {
  const name = attachment.filename ?? attachment.text ?? attachment.mime ?? "a file";
  const caption = attachment.caption ? ` “${attachment.caption}”` : "";
  return element("p", { class: "file" }, `${attachment.mediaType ?? "file"}: `, link(attachment.url, name), caption);
}

function choice(text, choose) {
  return element("button", { type: "button", class: "choice", text, onclick: choose });
}

function card(one, item, choose) {
  const actions = (one.actions ?? []).map(action =>
    action.type === "postback"
      ? choice(action.text ?? action.payload, () => choose("button", action.text ?? "", action.payload ?? ""))
      : link(action.url, action.text ?? action.url));
  return element("div", { class: "card" },
    element("strong", { text: one.title ?? "" }), element("p", { text: one.description ?? "" }), ...actions);
}

function dates(picker, choose) {
  const times = (picker.availableTimes ?? []).map(one => {
    const text = new Date(one.dateTime).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
    return choice(text, () => choose("datePicker", text, one.dateTime));
  });
  const title = [picker.title, picker.subtitle].filter(Boolean).join(", ");
  return element("div", { class: "card" }, element("strong", { text: title || "A date" }), ...times);
}

// The customer's view of a message of the other side, with buttons that answer.
export function offered(item, choose) {
  const parts = (item.attachments ?? []).map(file);
  if (item.cards?.length) parts.push(element("div", { class: "cards" }, ...item.cards.map(one => card(one, item, choose))));
  if (item.datePicker) parts.push(dates(item.datePicker, choose));
  if (item.quickReplies?.length) {
    const replies = item.quickReplies.map(one => choice(one.text, () => choose("quickReply", one.text, one.payload)));
    parts.push(element("div", { class: "choices", role: "group", "aria-label": "Quick replies" }, ...replies));
  }
  if (item.template?.body) parts.push(element("p", { text: item.template.body }));
  return parts;
}

// The agent's view of Genesys' content.
export function described(content) {
  return content.map(part => {
    if (part.attachment) return file({ ...part.attachment, caption: part.attachment.text });
    const words = part.quickReply?.text ?? part.card?.title ?? part.datePicker?.title ?? part.buttonResponse?.text;
    const cards = part.carousel?.cards?.map(one => one.title).join(", ");
    return element("p", { class: "file", text: `${part.contentType}: ${words ?? cards ?? ""}` });
  });
}
