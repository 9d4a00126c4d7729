/** A stream's name, "app/name", and where its playlist is. */
export type StreamName = string & {readonly brand: unique symbol};

/** The name that a person typed or an address carries; null where it is none. */
export function parseStreamName(text: string | null): StreamName | null {
  const name = (text ?? "").trim().replace(/^\/+|\/+$/g, "");
  return /^[^/\s?#]+(\/[^/\s?#]+)+$/.test(name) && name.length <= 200 ? (name as StreamName) : null;
}

export function playlistUrl(stream: StreamName): string {
  return new URL(`/${stream.split("/").map(encodeURIComponent).join("/")}/index.m3u8`, location.origin).href;
}
