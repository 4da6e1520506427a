// What the reader can do to what runs, and what happened then.
import { call } from "./api.js";
import { copyButton } from "./copy.js";
import { card, chip, h, put, table } from "./dom.js";
import { count } from "./format.js";

const optOut = "opt_out";

// actionsCard offers the host's actions. Those for a user are in the users' table.
export function actionsCard(page, refresh) {
  const outcome = h("div", { class: "outcome", role: "status" });
  const list = h("ul", { class: "actions" });
  let drawn = "";

  // update draws the actions anew only if they have changed, as somebody may be about to press one.
  function update({ actions }) {
    const offered = (actions ?? []).filter((action) => !action.takes_user);
    const text = JSON.stringify(offered);
    if (text === drawn) return;
    drawn = text;
    const focused = list.contains(document.activeElement) && document.activeElement.dataset.action;
    put(list, offered.map(actionItem));
    if (focused) list.querySelector(`[data-action="${CSS.escape(focused)}"]`)?.focus();
  }

  function actionItem(action) {
    const button = h("button", { type: "button", "data-action": action.name, onclick: () => act(page, outcome, button, action, {}, refresh) }, action.title);
    return h("li", null, h("div", { class: "buttons" }, button, action.on && chip("plain", "as it is now")), h("p", { class: "hint" }, action.description));
  }

  return { element: card(2, "Actions", list, outcome), update };
}

// usersCard offers what can be done for each user.
export function usersCard(page, refresh) {
  const outcome = h("div", { class: "outcome", role: "status" });
  const hint = h("p", { class: "hint" });
  const body = h("div");
  const element = card(2, "Users", hint, body, outcome);
  element.classList.add("users");
  const leaving = new Set(); // whose opt-out is on its way
  let drawn = "", users = [], action;

  function update(state) {
    users = state.users ?? [];
    action = page.config.actions && state.actions?.find((one) => one.name === optOut);
    element.hidden = !users.length;
    put(hint, action?.description);
    draw();
  }

  function draw() {
    const text = JSON.stringify([users, action, [...leaving]]);
    if (text === drawn) return;
    drawn = text;
    const focused = body.contains(document.activeElement) && document.activeElement.dataset.key;
    put(body, table("Users, and what can be done for each", ["User", "Opted out", "What you can do"], users.map(userRow)));
    if (focused) body.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  function userRow(user) {
    const play = user.sample && page.config.auctions && h("button", {
      type: "button", "data-key": `play ${user.name}`, onclick: () => playFor(page, outcome, play, user),
    }, "Play an auction", h("span", { class: "aside" }, ` for ${user.name}`));
    return [h("code", null, user.name), user.opted_out ? chip("warn", "✕ opted out") : chip("good", "– no"),
      h("span", { class: "buttons" }, action && optOutButton(user), play)];
  }

  // optOutButton stays where it is when there is nothing left to do, as it may have the focus.
  function optOutButton(user) {
    const what = leaving.has(user.name) ? "Opting out…" : user.opted_out ? "Has opted out" : "";
    return h("button", {
      type: "button", "data-key": `out ${user.name}`, "aria-disabled": what ? "true" : null, onclick: what ? null : () => optUserOut(user),
    }, what || "Opt out now", h("span", { class: "aside" }, `: ${user.name}`));
  }

  async function optUserOut(user) {
    leaving.add(user.name);
    draw();
    await act(page, outcome, null, action, { user: user.name }, refresh);
    leaving.delete(user.name);
    draw();
  }

  return { element, update };
}

// act does what an action says, and waits until the state shows it.
async function act(page, outcome, button, action, args, refresh) {
  await doing(outcome, button, async () => {
    const result = await call(`actions/${encodeURIComponent(action.name)}`, args, { timeout: 60_000 });
    put(outcome, h("p", { class: "note" }, result.message),
      h("div", { class: "buttons" }, auctionButton(page, result.auction),
        result.text && [
          h("button", { type: "button", onclick: () => page.open("inspector").inspect(result.text) }, "Inspect it"),
          copyButton("Copy it", result.text),
        ]));
  });
  await refresh();
}

async function playFor(page, outcome, button, user) {
  await doing(outcome, button, async () => {
    const result = await call("play", { sample: user.sample, times: 1 }, { timeout: 60_000 });
    if (result.error) throw new Error(result.error);
    put(outcome, h("p", { class: "note" }, `${count(1, "auction")} played for ${user.name}.`), h("div", { class: "buttons" }, auctionButton(page, result.last)));
  });
}

// doing says that something is being done, and what went wrong with it. A button does one thing at a
// time.
async function doing(outcome, button, work) {
  if (button?.hasAttribute("aria-disabled")) return;
  button?.setAttribute("aria-disabled", "true");
  put(outcome, "Working…");
  try {
    await work();
  } catch (failure) {
    put(outcome, h("p", { class: "problem" }, failure.message));
  }
  button?.removeAttribute("aria-disabled");
}

function auctionButton(page, number) {
  return number > 0 && page.has("auctions") &&
    h("button", { type: "button", onclick: () => page.open("auctions").openAuction(number) }, `Show auction ${number}`);
}
