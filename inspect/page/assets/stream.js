// The stream of auctions. It reconnects by itself, and continues after the last auction it has seen.

const silence = 25_000; // milliseconds; the server sends a beat every 10 seconds
const firstWait = 500;
const longestWait = 8000;

// watch calls onAuction with each auction, onReset when another server process begins anew, and
// onConnection with "live" or "lost".
export function watch({ onAuction, onReset, onConnection }) {
  let source, watchdog, instance = "", last = 0, wait = firstWait;

  function connect() {
    source = new EventSource(`/api/auctions/events?after=${instance}.${last}`);
    source.addEventListener("hello", (event) => {
      const hello = JSON.parse(event.data);
      if (instance && instance !== hello.instance) {
        last = 0;
        onReset();
      }
      instance = hello.instance;
      wait = firstWait;
      onConnection("live");
      alive();
    });
    source.addEventListener("auction", (event) => {
      const auction = JSON.parse(event.data);
      last = auction.number;
      onAuction(auction);
      alive();
    });
    source.addEventListener("beat", alive);
    source.addEventListener("error", lost);
    alive();
  }

  function alive() {
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, silence);
  }

  function lost() {
    clearTimeout(watchdog);
    source.close();
    onConnection("lost");
    setTimeout(connect, wait);
    wait = Math.min(2 * wait, longestWait);
  }

  connect();
}
