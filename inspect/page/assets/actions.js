// What the reader can do to what runs, and what happened then.
import { call } from "./api.js";
import { card, chip, field, h, put, table } from "./dom.js";
import { count } from "./format.js";

const optOut = "opt_out";

// actionsCard offers the host's actions.
export function actionsCard(page, refresh) {
  const outcome = h("div", { class: "outcome", role: "status" });
  const list = h("ul", { class: "actions" });
  let drawn = "";

  // update draws the actions anew only if they have changed, as somebody may be about to press one.
  function update({ actions = [], users = [] }) {
    const text = JSON.stringify([actions, users.map((user) => user.name)]);
    if (text === drawn) return;
    drawn = text;
    const focused = list.contains(document.activeElement) && document.activeElement.dataset.action;
    put(list, (actions ?? []).map((action) => actionItem(action, users ?? [])));
    if (focused) list.querySelector(`[data-action="${CSS.escape(focused)}"]`)?.focus();
  }

  function actionItem(action, users) {
    const user = action.takes_user && h("select", { "aria-label": `User for: ${action.title}` }, users.map((one) => h("option", null, one.name)));
    const button = h("button", {
      type: "button", "data-action": action.name,
      onclick: () => act(page, outcome, button, action, user ? { user: user.value } : {}, refresh),
    }, action.title);
    return h("li", null, h("div", { class: "buttons" }, button, user, action.on && chip("plain", "as it is now")), h("p", { class: "hint" }, action.description));
  }

  return { element: card(2, "Actions", list, outcome), update };
}

// usersCard offers what can be done for each user.
export function usersCard(page, refresh) {
  const outcome = h("div", { class: "outcome", role: "status" });
  const body = h("div");
  const element = card(2, "Users", body, outcome);
  element.classList.add("users");
  let drawn = "";

  function update({ actions = [], users = [] }) {
    element.hidden = !users?.length;
    const text = JSON.stringify(users);
    if (text === drawn) return;
    drawn = text;
    const focused = body.contains(document.activeElement) && document.activeElement.dataset.key;
    const action = page.config.actions && (actions ?? []).find((one) => one.name === optOut);
    put(body, table("Users, and what can be done for each", ["User", "Opted out", "What you can do"], (users ?? []).map((user) => userRow(user, action))));
    if (focused) body.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  function userRow(user, action) {
    const out = action && h("button", {
      type: "button", "data-key": `out ${user.name}`,
      onclick: () => act(page, outcome, out, action, { user: user.name }, refresh),
    }, "Opt out now", h("span", { class: "aside" }, `: ${user.name}`));
    const play = user.sample && page.config.auctions && h("button", {
      type: "button", "data-key": `play ${user.name}`, onclick: () => playFor(page, outcome, play, user),
    }, "Play an auction", h("span", { class: "aside" }, ` for ${user.name}`));
    return [h("code", null, user.name), user.opted_out ? chip("warn", "✕ opted out") : chip("good", "– no"), h("span", { class: "buttons" }, out, play)];
  }

  return { element, update };
}

async function act(page, outcome, button, action, args, refresh) {
  await doing(outcome, button, async () => {
    const result = await call(`actions/${encodeURIComponent(action.name)}`, args, { timeout: 60_000 });
    put(outcome, h("p", { class: "note" }, result.message),
      h("div", { class: "buttons" }, auctionButton(page, result.auction),
        result.text && h("button", { type: "button", onclick: () => page.open("inspector").inspect(result.text) }, "Inspect it")));
  });
  refresh();
}

async function playFor(page, outcome, button, user) {
  await doing(outcome, button, async () => {
    const result = await call("play", { sample: user.sample, times: 1 }, { timeout: 60_000 });
    if (result.error) throw new Error(result.error);
    put(outcome, h("p", { class: "note" }, `${count(1, "auction")} played for ${user.name}.`), h("div", { class: "buttons" }, auctionButton(page, result.last)));
  });
}

// doing says that something is being done, and what went wrong with it.
async function doing(outcome, button, work) {
  button.setAttribute("aria-disabled", "true");
  put(outcome, "Working…");
  try {
    await work();
  } catch (failure) {
    put(outcome, h("p", { class: "problem" }, failure.message));
  }
  button.removeAttribute("aria-disabled");
}

function auctionButton(page, number) {
  return number > 0 && page.has("auctions") &&
    h("button", { type: "button", onclick: () => page.open("auctions").openAuction(number) }, `Show auction ${number}`);
}
