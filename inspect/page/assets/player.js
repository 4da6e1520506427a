// What plays requests: samples, or one of the reader's own.
import { call } from "./api.js";
import { field, h, put } from "./dom.js";
import { count, number } from "./format.js";

const most = 1000;
const firstPart = 5;
const partMs = 400; // a part of many auctions takes about so long, so that there is progress to see

export function player({ played }) {
  let samples = [], stop = null;
  const choice = h("select", { onchange: chosen });
  const times = h("input", { type: "number", min: "1", max: most, value: "1", inputmode: "numeric", autocomplete: "off" });
  const start = h("button", { type: "submit", class: "primary" }, "Play");
  const halt = h("button", { type: "button", hidden: true, onclick: () => stop?.abort() }, "Stop");
  const asOwn = h("button", { type: "button", onclick: editSample }, "Edit it");
  const description = h("p", { class: "hint" });
  const editor = h("textarea", { class: "text", rows: "12", autocomplete: "off", autocapitalize: "off", spellcheck: "false", wrap: "soft" });
  const own = h("div", { class: "own", hidden: true }, field("Your request (OpenRTB, JSON)", editor));
  const bar = h("progress", { max: "1", value: "0", hidden: true, "aria-label": "Auctions played" });
  const progress = h("p", { class: "progress", role: "status" });
  const form = h("form", { class: "card player", autocomplete: "off", "aria-label": "Play a request", onsubmit: submit },
    h("div", { class: "toolbar" }, field("Request", choice), field("Times", times), start, halt, asOwn, progress),
    bar, description, own);

  load();

  async function load() {
    try {
      samples = await call("samples");
    } catch (failure) {
      put(progress, failure.message, " ", h("button", { type: "button", onclick: load }, "Load the samples"));
      return;
    }
    put(progress);
    const before = choice.value;
    put(choice, samples.map((sample) => h("option", { value: sample.name }, sampleTitle(sample))), h("option", { value: "" }, "A request of your own"));
    if (before) choice.value = before;
    chosen();
  }

  const sample = () => samples.find((one) => one.name === choice.value);

  function chosen() {
    own.hidden = Boolean(choice.value);
    asOwn.hidden = !choice.value;
    put(description, sample()?.description ?? "It is sent to Prebid Server as it stands.");
  }

  // editSample begins a request of one's own with a sample whose tokens are fresh.
  async function editSample() {
    const name = choice.value;
    asOwn.disabled = true;
    await load();
    asOwn.disabled = false;
    const fresh = samples.find((one) => one.name === name);
    if (fresh) edit(fresh.body);
  }

  function edit(text) {
    editor.value = text;
    choice.value = "";
    chosen();
    editor.focus();
    form.scrollIntoView({ block: "nearest" });
  }

  async function submit(event) {
    event.preventDefault();
    if (!choice.value && !editor.value.trim()) {
      put(progress, "Paste a request first.");
      editor.focus();
      return;
    }
    await playMany(choice.value ? { sample: choice.value } : { body: editor.value }, Math.min(most, Math.max(1, Math.floor(Number(times.value)) || 1)));
  }

  // playMany plays in parts, of which each is about as long as partMs.
  async function playMany(request, wanted) {
    stop = new AbortController();
    busy(true);
    const begun = performance.now();
    let done = 0, part = Math.min(firstPart, wanted), last = 0, problem = "";
    try {
      while (done < wanted && !problem) {
        const from = performance.now();
        const result = await call("play", { ...request, times: Math.min(part, wanted - done) }, { signal: stop.signal, timeout: 120_000 });
        done += result.last && result.first ? result.last - result.first + 1 : 0;
        last = result.last || last;
        problem = result.error ?? "";
        part = nextPart(part, performance.now() - from);
        bar.value = done / wanted;
        if (wanted > 1) put(progress, `${number(done)} of ${number(wanted)}, ${number(Math.round(done / (performance.now() - begun) * 1000))} a second`);
      }
    } catch (failure) {
      problem = failure.message;
    }
    busy(false);
    if (problem) put(progress, h("span", { class: "problem" }, `${done ? `${count(done, "auction")} played. ` : ""}${problem}`));
    else put(progress, `${count(done, "auction")} played.`);
    if (last) played(last, wanted);
  }

  function busy(is) {
    start.disabled = is;
    halt.hidden = !is;
    bar.hidden = !is;
    bar.value = 0;
    if (is) put(progress, "Playing…");
  }

  return { element: form, edit };
}

// nextPart is how many fit into partMs at the speed of the last part.
function nextPart(part, took) {
  return Math.max(1, Math.min(100, 2 * part, Math.round(part * partMs / Math.max(took, 1))));
}

function sampleTitle(sample) {
  const details = [sample.openrtb, sample.endpoint === "amp" && "AMP"].filter(Boolean).join(", ");
  return details ? `${sample.name} (${details})` : sample.name;
}
