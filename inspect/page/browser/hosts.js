// Processes that serve the page: the test host, and the real demo.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, "node_modules", ".cache");
const sources = { testhost: "../internal/testhost", demo: "../../../bidder-demo" };
const anyPort = "127.0.0.1:0";

// build compiles them, once for all tests.
export default function build() {
  mkdirSync(built, { recursive: true });
  for (const [name, source] of Object.entries(sources)) {
    execFileSync("go", ["build", "-o", join(built, name), source], { cwd: here, stdio: "inherit" });
  }
}

// testHost starts the test host. A port of its own lets it come back where it was.
export const testHost = (flags = [], addr = anyPort) => start("testhost", ["-addr", addr, ...flags], /^(http:\S+)/m);

// demo starts bidder-demo and waits until it has played its samples.
export const demo = () => start("demo", ["-serve", "-serve-for", "10m", "-addr", anyPort, "-page", anyPort], /^Look at it: (\S+)[^]*curl -s/m);

// start starts a process, and waits until it has printed its URL.
async function start(name, flags, ready) {
  const process = spawn(join(built, name), flags, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => process.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    let printed = "";
    process.stdout.setEncoding("utf8").on("data", (text) => {
      printed += text;
      const found = ready.exec(printed);
      if (found) resolve(found[1].replace(/\/$/, ""));
    });
    ended.then((status) => reject(new Error(`${name} ended with ${status}: ${printed}`)));
  });
  return {
    url, addr: new URL(url).host,
    async stop() {
      process.kill("SIGTERM");
      await ended;
    },
  };
}
