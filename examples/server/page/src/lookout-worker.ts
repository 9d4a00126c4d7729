/**
 * Asks the server from a worker. A request that fails in a page is written to its console by the browser whatever the page
 * does; one that fails in a worker is not, and "no such stream yet" is no error here.
 */
import type {Question, Sighting, StreamEntry} from "./lookout";

// A starting stream's playlist waits up to 5 s for its first parts.
const patience = 8_000;

async function get(url: string): Promise<Response | null> {
  try {
    return await fetch(url, {signal: AbortSignal.timeout(patience), cache: "no-cache"});
  } catch {
    return null;
  }
}

function fromStatus(status: number): Sighting {
  if (status === 404 || status === 410) return "absent";
  return status === 401 || status === 403 ? "refused" : "unreachable";
}

async function look(url: string): Promise<Sighting> {
  const multivariant = await get(url);
  if (!multivariant?.ok) return multivariant ? fromStatus(multivariant.status) : "unreachable";
  const text = await multivariant.text();
  const uri = text.split("\n").find((line) => line.trim() !== "" && !line.startsWith("#"));
  if (!text.startsWith("#EXTM3U") || uri === undefined) return "absent";
  const media = await get(new URL(uri.trim(), url).href);
  if (!media?.ok) return media ? fromStatus(media.status) : "unreachable";
  return (await media.text()).includes("#EXT-X-ENDLIST") ? "ended" : "live";
}

async function list(url: string): Promise<StreamEntry[] | null> {
  const answer = await get(url);
  if (!answer) return null;
  const body = (await answer.json().catch(() => null)) as {streams?: StreamEntry[]} | null;
  return answer.ok ? (body?.streams ?? []) : [];
}

addEventListener("message", async (event: MessageEvent<Question>) => {
  const {id, ask, url} = event.data;
  postMessage({id, answer: ask === "look" ? await look(url) : await list(url)});
});
