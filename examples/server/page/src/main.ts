/** Which stream is on the page: the address says, or a person types it, or it is the first that the server has. */
import {Backoff} from "./backoff";
import {Lookout, onThisMachine} from "./lookout";
import {Show} from "./show";
import {parseStreamName, type StreamName} from "./stream";
import {View} from "./view";

const lookout = new Lookout();
let show: Show | null = null;
let search: AbortController | null = null;

const view = new View({
  stream: (text) => {
    const name = parseStreamName(text);
    if (!name) return view.refuseName();
    history.pushState(null, "", `?stream=${encodeURI(name)}`);
    watch(name);
  },
  action: (action) => {
    if (action === "play") show?.hold(false);
    else if (show) show.retry();
    else begin();
  },
  hold: (held) => show?.hold(held),
  rung: (rung) => show?.choose(rung),
});

function watch(stream: StreamName, sighted = false): void {
  search?.abort();
  show?.leave();
  view.name(stream);
  show = new Show(stream, view.video, lookout, {
    state: (state) => view.show(state),
    rungs: (rungs) => view.rungs(rungs),
    latency: (ms) => view.latency(ms),
  });
  void show.run(sighted);
}

/** Shows the first stream to be live, and until then waits for one. */
async function findOne(signal: AbortSignal): Promise<void> {
  const pace = new Backoff(1_000, 4_000);
  while (!signal.aborted) {
    const streams = await lookout.list();
    if (signal.aborted) return;
    view.offer(streams ?? []);
    const found = parseStreamName(streams?.find(({state}) => state === "live")?.name ?? null);
    if (found) return watch(found, true);
    view.show({kind: streams ? "empty" : "unreachable"});
    await new Promise((resolve) => setTimeout(resolve, pace.next()));
  }
}

function begin(): void {
  search?.abort();
  show?.leave();
  show = null;
  const asked = parseStreamName(new URLSearchParams(location.search).get("stream"));
  if (asked) {
    watch(asked);
    void lookout.list().then((streams) => view.offer(streams ?? []));
    return;
  }
  view.name(null);
  if (!onThisMachine()) return view.show({kind: "choose"});
  search = new AbortController();
  void findOne(search.signal);
}

addEventListener("popstate", begin);
begin();
