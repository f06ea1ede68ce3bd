// Makes elements. Texts become text, never markup.

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "text") made.textContent = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

export const byId = id => document.getElementById(id);

export function time(at) {
  const date = new Date(at);
  const text = date.toLocaleTimeString("en-GB", { hour12: false });
  return `${text}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

export const clock = at => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// Only what a browser opens as a page may be a link.
export function link(url, text) {
  const isWeb = /^https?:\/\//i.test(url ?? "");
  if (!isWeb) return element("span", { text: text ?? url });
  return element("a", { href: url, rel: "noopener noreferrer", target: "_blank", text: text ?? url });
}
