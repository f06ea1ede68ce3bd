// Lines of the bridge's log as steps of a way.

const SECONDS = ms => (ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms} ms`);

const STEPS = {
  delivered: fields => ["recorded", "good", `${fields.age_ms} ms after acceptance`],
  settled: fields => ["settled", "good", fields.reason],
  left: fields => ["left as it is", "good", fields.reason],
  shed: () => ["left out", "wait", "little is left of the rate budget"],
  retried: fields => ["will try again", "wait", `in ${SECONDS(fields.after_ms)}: ${fields["error.summary"]}`],
  delayed: fields => ["waits for the rate budget", "wait", SECONDS(fields.after_ms)],
  held_back: fields => ["held back", "wait", "the other side does not answer"],
  part_refused: fields => ["a part was refused", "bad", fields["error.summary"]],
  failed: fields => ["given up: a dead letter", "bad", fields["error.summary"]],
  time_replaced: () => ["time replaced", "wait", "Lynn's time is more than 24 hours away"],
  id_reused: fields => ["id used before", "wait", fields["event.used_id"]],
  rejected: fields => ["rejected", "bad", fields.reason],
};

export function lineStep(model, entry) {
  const step = STEPS[entry.name];
  if (!step || !entry.trace) return;
  const [name, kind, why] = step(entry.fields);
  const way = model.step(entry.trace, entry.contact, entry, name, kind, { why: why ?? "" });
  if (entry.name === "failed") model.changed.ways.add(way);
}
