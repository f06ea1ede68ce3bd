// Asks the program to do something, and says why it was not done.

import { byId } from "./dom.js";

function say(words) {
  byId("problem").textContent = words;
}

// `words` describe the act in a recording. Whether it was accepted.
export async function act(words, by, what) {
  say("");
  try {
    const answer = await fetch("/api/act", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ words, act: { by, do: what } }),
    });
    const done = await answer.json();
    if (!answer.ok) say(done.detail ?? `The program answered ${answer.status}.`);
    else if (!done.accepted) say(done.words);
    return { accepted: answer.ok && done.accepted, words: done.words ?? "" };
  } catch {
    say("The program does not answer. Is it still running?");
    return { accepted: false, words: "" };
  }
}

export const complain = say;
