// The form that asks for the page's token. The token is sent in a request's body, never in a URL.
import { call } from "./api.js";

const form = document.getElementById("login");
const token = document.getElementById("token");
const problem = document.getElementById("problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  try {
    await call("login", { token: token.value.trim() });
    location.reload();
  } catch (failure) {
    problem.textContent = failure.message;
    token.select();
  }
});
token.focus();
