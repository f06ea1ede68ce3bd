// One side may be real. What is done there cannot be done here, and this says why.

import { byId } from "./dom.js";

const NAME = { lynn: "Lynn", genesys: "Genesys Cloud" };
const DONE = { lynn: "Lynn is real: this is done there.", genesys: "Genesys Cloud is real: this is done there." };
const REACHED = { lynn: "real customers get what is written as an agent or a bot", genesys: "real agents get what is written as a customer" };

let real = null;

export function tell(facts) {
  real = facts.real;
  if (!real) return;
  const other = real === "lynn" ? "genesys" : "lynn";
  byId("who").textContent = `${NAME[real]} is real: ${REACHED[real]}. ${NAME[other]} is simulated; the bridge between them is real.`;
  byId("who").classList.add("warning");
}

export const isReal = side => real === side;
export const whyDone = side => (real === side ? DONE[side] : "");
export const whyNoFiles = () => (real ? "The files of this page are on this machine, where a real side cannot fetch them." : "");
export const whyNoJump = () => (real ? "The clock of a real side stays." : "");
export const whyNoScenario = () => (real ? `A scenario plays both sides, and ${NAME[real]} is real.` : "");
export const whyNotAgain = from => (real === from ? `${NAME[real]} is real: only ${NAME[real]} can send it, with its own credentials.` : "");
