/**
 * Asks the server from a worker. A request that fails in a page is written to its console by the browser whatever the page
 * does; one that fails in a worker is not, and "no such stream yet" is no error here.
 */
import type {Question, Sighting} from "./lookout";
import {get, listStreams} from "./stream-list";

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

addEventListener("message", async (event: MessageEvent<Question>) => {
  const {id, ask, url} = event.data;
  postMessage({id, answer: ask === "look" ? await look(url) : await listStreams(url)});
});
