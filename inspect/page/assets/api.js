// Requests to the page's server. What is pasted goes into their bodies only.

export class Failure extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const patience = 20_000; // milliseconds

// call asks the server: by POST if there is a body. It throws a Failure whose message says what
// happened and what to do.
export async function call(path, body, { signal, timeout = patience } = {}) {
  const deadline = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(`/api/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", credentials: "same-origin", redirect: "error", referrerPolicy: "no-referrer",
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    return await read(response);
  } catch (problem) {
    if (problem instanceof Failure) throw problem;
    if (signal?.aborted) throw new Failure("Stopped.", 0);
    if (deadline.aborted) throw new Failure(`The server didn't answer within ${timeout / 1000} seconds. Try again, or look whether it still runs.`, 0);
    throw new Failure("The server can't be reached. Look whether it still runs, and start it again if not.", 0);
  }
}

async function read(response) {
  if (response.status === 204) return null;
  let answer;
  try {
    answer = await response.json();
  } catch (problem) {
    if (problem.name !== "SyntaxError") throw problem;
    throw new Failure(`The server's answer (HTTP ${response.status}) can't be read. Try again; its terminal may say more.`, response.status);
  }
  if (!response.ok) throw new Failure(answer.error ?? `The server answered with HTTP ${response.status}.`, response.status);
  return answer;
}
