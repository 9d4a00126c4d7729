// Runs in the page, before its own script: notes what a viewer would notice.
export function installWatch() {
  const seen = {asked: null, first: null, stalls: [], stalled: null};
  window.watched = seen;
  // The page's first act is to ask for the list of streams by itself, or for its stream by a worker.
  const ask = window.fetch;
  window.fetch = (...request) => {
    seen.asked ??= performance.now();
    return ask(...request);
  };
  const Native = window.Worker;
  window.Worker = class extends Native {
    postMessage(...message) {
      seen.asked ??= performance.now();
      super.postMessage(...message);
    }
  };
  addEventListener("DOMContentLoaded", () => {
    const video = document.getElementById("video");
    video.requestVideoFrameCallback(() => (seen.first = performance.now()));
    video.addEventListener("waiting", () => {
      if (seen.first !== null && !video.seeking) seen.stalled ??= performance.now();
    });
    video.addEventListener("playing", () => {
      if (seen.stalled !== null) seen.stalls.push(Math.round(performance.now() - seen.stalled));
      seen.stalled = null;
    });
  });
}

/** In the page: what came of it so far; `stalls` in milliseconds each, the one that has not ended too. */
export function watched() {
  const {asked, first, stalled} = window.watched;
  const stalls = stalled === null ? window.watched.stalls : [...window.watched.stalls, Math.round(performance.now() - stalled)];
  const {droppedVideoFrames, totalVideoFrames} = document.getElementById("video").getVideoPlaybackQuality();
  return {firstFrame: first - asked, stalls, dropped: droppedVideoFrames, frames: totalVideoFrames};
}
