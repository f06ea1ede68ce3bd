// A request as a curl command.

const quoted = text => `'${text.replaceAll("'", "'\\''")}'`;
// curl sets these itself.
const OWN = ["host", "content-length", "connection", "transfer-encoding", "accept-encoding"];

export function curl(entry, base) {
  const url = entry.url ?? `${base}${entry.path}`;
  const headers = entry.headers.filter(([name]) => !OWN.includes(name.toLowerCase()));
  const parts = [`curl -i -X ${entry.method} ${quoted(url)}`, ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`)];
  if (entry.body) parts.push(`--data-binary ${quoted(entry.body)}`);
  return parts.join(" \\\n  ");
}
