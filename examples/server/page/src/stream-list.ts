/** The server's streams, as a page or its worker asks for them. */

/** A row of GET /v1/streams, as far as the page reads it. */
export interface StreamEntry {
  name: string;
  state: string;
}

// A starting stream's playlist waits up to 5 s for its first parts.
const patience = 8_000;

/** Null where the server does not answer. */
export async function get(url: string): Promise<Response | null> {
  try {
    return await fetch(url, {signal: AbortSignal.timeout(patience), cache: "no-cache"});
  } catch {
    return null;
  }
}

/** Null where the server does not answer; empty where it does not tell. */
export async function listStreams(url: string): Promise<StreamEntry[] | null> {
  const answer = await get(url);
  if (!answer) return null;
  const body = (await answer.json().catch(() => null)) as {streams?: StreamEntry[]} | null;
  return answer.ok ? (body?.streams ?? []) : [];
}
