// Plays a scenario of the library, step by step.

import { byId, element } from "./dom.js";
import { act } from "./act.js";
import { button } from "./buttons.js";
import { whyNoScenario } from "./real.js";

export function offer(scenarios, choose) {
  const host = byId("scenarios");
  if (!scenarios.length) {
    host.append(element("p", { text: "There is none." }));
    return;
  }
  const select = element("select", { id: "scenario" }, ...scenarios.map((one, place) => element("option", { value: place, text: one.title })));
  const steps = element("ol");
  let at = 0;
  const show = () => {
    const scenario = scenarios[select.value];
    steps.replaceChildren(...scenario.steps.map((step, place) =>
      element("li", { class: place < at ? "good" : "", "aria-current": place === at ? "step" : null, text: step.words })));
    const isOver = at >= scenario.steps.length;
    next.firstElementChild.textContent = isOver ? "Start again" : "Next step";
  };
  select.addEventListener("change", () => {
    at = 0;
    show();
  });
  const step = async () => {
    const scenario = scenarios[select.value];
    if (at >= scenario.steps.length) at = 0;
    else {
      const now = scenario.steps[at];
      const contact = now.act.do.contact;
      if (contact) choose(contact);
      const done = await act(now.words, now.act.by, now.act.do);
      if (done.accepted) at += 1;
    }
    show();
  };
  const next = button("Next step", step, whyNoScenario);
  host.append(element("label", { for: "scenario", text: "Scenario" }), select, steps, next);
  next.refresh();
  show();
}
