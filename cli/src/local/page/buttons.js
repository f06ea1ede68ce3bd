// Buttons that say why they cannot be used, to the eye and to a screen reader.

import { element } from "./dom.js";
import { complain } from "./act.js";

let count = 0;

// Shows why a button cannot be used; it stays in reach of the keyboard.
function explain(made, reason, why) {
  made.setAttribute("aria-disabled", why ? "true" : "false");
  made.title = why;
  if (reason.textContent !== why) reason.textContent = why;
}

// The button of a form, whose submission says why by itself.
export function sender(made, whyNot) {
  const reason = element("span", { class: "reason", id: `reason-${++count}` });
  made.setAttribute("aria-describedby", reason.id);
  made.after(reason);
  return { refresh: () => explain(made, reason, whyNot()) };
}

export function button(text, run, whyNot = () => "") {
  const reason = element("span", { class: "reason", id: `reason-${++count}` });
  const made = element("button", { type: "button", text, "aria-describedby": reason.id });
  made.addEventListener("click", () => {
    const why = whyNot();
    if (why) complain(`${text}: ${why}`);
    else run();
  });
  const box = element("span", { class: "act" }, made, reason);
  box.refresh = () => explain(made, reason, whyNot());
  return box;
}

// Buttons with a heading.
export function group(label, ...children) {
  return element("div", { class: "acts", role: "group", "aria-label": label }, element("b", { text: label }), ...children);
}
