/** The page's side of the worker that asks the server what is on. */
import {playlistUrl, type StreamName} from "./stream";
import {listStreams, type StreamEntry} from "./stream-list";

/** What a look at a stream's playlist found. */
export type Sighting = "live" | "ended" | "absent" | "refused" | "unreachable";

export interface Question {
  id: number;
  ask: "look" | "list";
  url: string;
}

export class Lookout {
  private readonly worker = new Worker(new URL("page-lookout.js", document.baseURI), {type: "module"});
  private readonly open = new Map<number, (answer: unknown) => void>();
  private last = 0;
  private listed = false;

  constructor() {
    this.worker.addEventListener("message", (event: MessageEvent<{id: number; answer: unknown}>) => {
      this.open.get(event.data.id)?.(event.data.answer);
      this.open.delete(event.data.id);
    });
  }

  look(stream: StreamName): Promise<Sighting> {
    return this.ask("look", playlistUrl(stream)) as Promise<Sighting>;
  }

  /** The server's streams; null where it does not answer. The list is for this machine only: elsewhere it is empty. */
  async list(): Promise<StreamEntry[] | null> {
    if (!onThisMachine()) return [];
    const url = new URL("/v1/streams", location.origin).href;
    // The worker is still starting when the page asks first, and the server has just sent the page: that one request will not fail.
    if (!this.listed) {
      this.listed = true;
      return listStreams(url);
    }
    return (await this.ask("list", url)) as StreamEntry[] | null;
  }

  private ask(ask: Question["ask"], url: string): Promise<unknown> {
    const id = ++this.last;
    return new Promise((resolve) => {
      this.open.set(id, resolve);
      this.worker.postMessage({id, ask, url} satisfies Question);
    });
  }
}

export function onThisMachine(host: string = location.hostname): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
