// The traffic and the present state, from the program: each entry once, in order.

export function listen({ entries, state, reset, connected }) {
  let waiting = [];
  let timer = 0;
  const flush = () => {
    timer = 0;
    const batch = waiting;
    waiting = [];
    if (batch.length) entries(batch);
  };
  const source = new EventSource("/api/events");
  source.onopen = () => connected(true);
  source.onerror = () => connected(false);
  source.onmessage = event => {
    waiting.push(JSON.parse(event.data));
    timer ||= setTimeout(flush, 16);
  };
  source.addEventListener("state", event => {
    // After the entries that led to it.
    flush();
    state(JSON.parse(event.data));
  });
  source.addEventListener("reset", () => {
    waiting = [];
    reset();
  });
}
