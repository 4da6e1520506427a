// The inspector: one box for whatever somebody has, and what it turned out to be.
import { call } from "./api.js";
import { field, h, put } from "./dom.js";
import { number } from "./format.js";
import { reportView } from "./report.js";

export function inspectorSection(element, page) {
  const text = h("textarea", {
    class: "text", rows: "9", autocomplete: "off", autocapitalize: "off", spellcheck: "false", wrap: "soft",
    placeholder: "A token, a bid request, a raw UID, an identity, or an operator's answer",
  });
  const name = h("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", placeholder: "example.com" });
  const role = h("select", null, h("option", { value: "" }, "Bidder"), h("option", { value: "sharer" }, "Sharer"));
  const secret = h("input", { type: "text", class: "secret", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
  const now = h("input", { type: "datetime-local", step: "1", autocomplete: "off" });
  const start = h("button", { type: "submit", class: "primary" }, "Inspect");
  const clear = h("button", { type: "button", onclick: empty }, "Clear");
  const status = h("p", { class: "progress", role: "status" });
  const result = h("div", { class: "result", id: "result", tabindex: "-1", "aria-label": "What it is", role: "region" });
  const form = h("form", { class: "card input", autocomplete: "off", "aria-label": "Inspect a text", onsubmit: submit },
    field("Paste anything", text, "It is sent to this page's own server, and kept nowhere."),
    h("details", { class: "options" }, h("summary", null, "Options"),
      h("div", { class: "fields" },
        field("Name", name, "Domain or app that a token came from. A request has its own."),
        field("Role", role),
        field("Client secret", secret, "Opens an operator's answer."),
        field("Judge at", now, "In your time zone. Empty means now."))),
    h("div", { class: "buttons" }, start, clear, status));
  element.append(h("h1", null, "Inspector"), h("div", { class: "bench" }, form, result));
  let asked = 0;

  text.addEventListener("paste", () => setTimeout(() => inspect(), 0));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) inspect();
  });
  welcome();

  function submit(event) {
    event.preventDefault();
    inspect({ focus: true });
  }

  function empty() {
    asked++;
    form.reset();
    put(status);
    welcome();
    text.focus();
  }

  function welcome() {
    put(result, h("div", { class: "card welcome" },
      h("h2", null, "What you can paste"),
      h("dl", { class: "kinds" }, [
        ["A token", "its layers byte by byte, its keys and times, and every check with its verdict"],
        ["A bid request", "each uid found or passed over, the privacy signals and gates, and what a bidder would get"],
        ["A raw UID", "its version, scope and type, and whether the user opted out"],
        ["An identity", "as a publisher stores it: whether it can be used, and whether it is due for a refresh"],
        ["An operator's answer", "with the client secret under Options: keys, times and status"],
      ].map(([kind, what]) => h("div", null, h("dt", null, kind), h("dd", null, what))))));
  }

  // inspect asks the server. Raw UIDs come only if they are to be revealed.
  async function inspect({ reveal = false, focus = false } = {}) {
    const mine = ++asked;
    const input = { text: text.value, name: name.value.trim(), role: role.value, secret: secret.value.trim(), reveal };
    if (now.value) input.now_ms = new Date(now.value).getTime();
    if (!input.text.trim()) {
      put(status, "Paste something first.");
      text.focus();
      return;
    }
    const bytes = new TextEncoder().encode(input.text).length;
    if (bytes > page.config.max_input) {
      put(status, h("span", { class: "problem" }, `That is ${number(bytes)} bytes: at most ${number(page.config.max_input)} are inspected.`));
      return;
    }
    put(status, "Inspecting…");
    try {
      const report = await call("inspect", input);
      if (mine !== asked) return;
      put(status);
      put(result, reportView(report, { revealed: reveal, reveal: () => inspect({ reveal: true, focus: true }) }));
      page.announce(report.summary);
    } catch (failure) {
      if (mine !== asked) return;
      put(status, h("span", { class: "problem" }, failure.message));
      put(result);
    }
    if (focus) result.focus({ preventScroll: true });
    if (focus && result.getBoundingClientRect().top > innerHeight / 2) result.scrollIntoView({ block: "start" });
  }

  return {
    // inspect inspects a text that comes from another section.
    inspect(of) {
      text.value = of;
      inspect({ focus: true });
    },
  };
}
