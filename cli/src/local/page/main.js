// Puts the page together.

import { byId } from "./dom.js";
import { Model } from "./model.js";
import { listen } from "./stream.js";
import { Side } from "./sides.js";
import { Ways } from "./way.js";
import { Tabs } from "./tabs.js";
import { People } from "./people.js";
import { Controls } from "./controls.js";
import { inspect, tell } from "./inspector.js";
import { offer } from "./scenarios.js";
import { tell as tellReal } from "./real.js";

const model = new Model();
let state = { customers: [] };

const chosen = () => tabs.chosen;
const now = () => Date.now() + (state.aheadMs ?? 0);
const look = trace => inspect(model, trace);

const people = new People(chosen);
const answer = (item, kind, text, payload) => people.asCustomer(`chooses ${text}`, { act: "chooses", to: item.id, kind, text, payload });
const phone = new Side("phone", "What the customer sees", { choose: answer, inspect: look });
const desk = new Side("desk", "What the agent sees", { choose: () => {}, inspect: look });
const ways = new Ways(model, look);
const controls = new Controls(chosen);
const tabs = new Tabs(() => {
  draw();
  people.show(state.customers);
  controls.refresh();
  if (byId("only-chosen").checked) ways.filter(chosen());
});

people.last = () => model.customers.get(chosen())?.phone.findLast(item => item.id);

function draw() {
  for (const id of model.customers.keys()) tabs.add(id);
  const customer = chosen() ? model.customer(chosen()) : undefined;
  for (const side of [phone, desk]) {
    for (const item of model.changed.items) side.refresh(item);
    side.render(customer);
  }
  ways.render();
  phone.showTyping(customer?.phoneTyping, now());
  desk.showTyping(customer?.deskTyping, now());
  model.changed.items.clear();
  model.changed.ways.clear();
}

byId("only-chosen").addEventListener("change", event => ways.filter(event.target.checked ? chosen() : undefined));

const facts = await (await fetch("/api/about")).json();
tell(facts);
tellReal(facts);
controls.integration = facts.integration;
offer(facts.scenarios, id => tabs.select(id));
tabs.select("ana");

listen({
  entries(batch) {
    for (const entry of batch) model.add(entry);
    draw();
    people.refresh();
  },
  state(next) {
    state = next;
    tabs.show(state.customers ?? [], now());
    people.show(state.customers ?? []);
    controls.show(state);
  },
  reset() {
    location.reload();
  },
  connected(is) {
    byId("connection").textContent = is ? "" : "The program does not answer; the page tries again.";
  },
});
