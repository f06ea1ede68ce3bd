// Why something cannot be done now; empty if it can.

const NONE = { open: false, waits: false, rung: [], connected: [] };

const name = agent => agent.charAt(0).toUpperCase() + agent.slice(1);
const open = people => (people.open ? "" : "There is no open conversation: let the customer write first.");

const RULES = {
  queue: people => open(people) || (people.waits && "The customer waits already.") || (people.connected.length && "An agent is connected: transfer instead."),
  ring: (people, agent) => (people.rung.includes(agent) && `${name(agent)} is rung already.`) || (people.connected.includes(agent) && `${name(agent)} is connected.`),
  accept: (people, agent) => (people.connected.includes(agent) && `${name(agent)} is connected.`) || (!people.rung.includes(agent) && `${name(agent)} is not rung.`),
  reject: (people, agent) => !people.rung.includes(agent) && `${name(agent)} is not rung.`,
  join: (people, agent) => open(people) || (!people.connected.length && "No agent is connected: ring and accept instead.") || (people.connected.includes(agent) && `${name(agent)} is connected.`) || (people.rung.includes(agent) && `${name(agent)} is rung: accept instead.`),
  leave: (people, agent) => (!people.connected.includes(agent) && `${name(agent)} is not connected.`) || (people.connected.length < 2 && "No other agent would stay: transfer or end instead."),
  transfer: (people, agent) => !people.connected.includes(agent) && `${name(agent)} is not connected.`,
  end: (people, agent) => !people.connected.includes(agent) && `${name(agent)} is not connected.`,
  timeOut: people => open(people),
  says: (people, agent) => !people.connected.includes(agent) && `${name(agent)} is not connected: ring and accept first, or write as the bot.`,
  sends: (people, agent) => !people.connected.includes(agent) && `${name(agent)} is not connected.`,
  types: (people, agent) => !people.connected.includes(agent) && `${name(agent)} is not connected.`,
};

export function whyNot(what, { contact, people, agent }) {
  if (!contact) return "Choose or add a customer first.";
  const isBot = agent === "bot";
  if (isBot && what in RULES && !["queue", "timeOut", "says"].includes(what)) return "The bot cannot do that: choose an agent.";
  if (isBot && what === "says") return "";
  return RULES[what]?.(people ?? NONE, agent) || "";
}
