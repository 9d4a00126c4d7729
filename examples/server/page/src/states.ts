/** What the page can be in, and what it then says: each text tells what happens next or what the viewer can do. */
export type State =
  | {kind: "connecting"}
  | {kind: "choose"}
  | {kind: "empty"}
  | {kind: "waiting"; stream: string}
  | {kind: "unreachable"}
  | {kind: "refused"; stream: string}
  | {kind: "unsupported"}
  | {kind: "blocked"}
  | {kind: "broken"}
  | {kind: "live"}
  | {kind: "held"}
  | {kind: "starved"}
  | {kind: "paused"}
  | {kind: "ended"};

export type Action = "retry" | "play";

export interface Notice {
  title: string;
  text: string;
  action?: {label: string; does: Action};
}

/** Whether a picture is on the stage, so that its controls do something. */
export function hasPicture(state: State): boolean {
  return state.kind === "live" || state.kind === "held" || state.kind === "starved" || state.kind === "paused";
}

/** One line for the status below the picture; it is read aloud when it changes. */
export function statusLine(state: State): string {
  switch (state.kind) {
    case "connecting": return "Connecting";
    case "choose": return "No stream chosen";
    case "empty": return "Waiting for the first one";
    case "waiting": return "Waiting for the stream";
    case "unreachable": return "Server out of reach";
    case "refused": return "Not admitted";
    case "unsupported": return "This browser cannot play it";
    case "blocked": return "Ready to play";
    case "broken": return "The picture could not be decoded";
    case "live": return "On air";
    case "held": return "Paused by you";
    case "starved": return "Waiting for the network";
    case "paused": return "The camera has paused";
    case "ended": return "The stream has ended";
  }
}

/** What lies over the picture; null where the picture speaks for itself. */
export function notice(state: State): Notice | null {
  switch (state.kind) {
    case "connecting":
    case "live":
    case "held":
    case "starved":
      return null;
    case "choose":
      return {title: "Which stream?", text: "Type its name above, such as live/cam."};
    case "empty":
      return {
        title: "The room is empty",
        text: "Nobody is publishing yet. Start OBS or ffmpeg, and the picture is shown here by itself.",
        action: {label: "Look again", does: "retry"},
      };
    case "waiting":
      return {
        title: "Doors open soon",
        text: `There is no stream called ${state.stream} yet. It is shown here as soon as it starts.`,
        action: {label: "Look again", does: "retry"},
      };
    case "unreachable":
      return {
        title: "The server is out of reach",
        text: "Check your connection. This page keeps trying, and plays on as soon as the server answers.",
        action: {label: "Try now", does: "retry"},
      };
    case "refused":
      return {
        title: "This stream needs an invitation",
        text: `The server does not let this page play ${state.stream}. Ask its host for a link that does.`,
        action: {label: "Try again", does: "retry"},
      };
    case "unsupported":
      return {
        title: "This browser cannot play the stream",
        text: "It has neither Media Source Extensions nor HLS of its own. A current Firefox, Chrome, Edge or Safari plays it.",
      };
    case "blocked":
      return {
        title: "Ready when you are",
        text: "Your browser wants a click before it plays.",
        action: {label: "Play", does: "play"},
      };
    case "broken":
      return {
        title: "The picture could not be decoded",
        text: "Your browser gave up on it. Another rung may do better, or another browser.",
        action: {label: "Try again", does: "retry"},
      };
    case "paused":
      return {title: "The show will go on", text: "The camera has paused. Stay here: the picture comes back by itself."};
    case "ended":
      return {
        title: "That was the show",
        text: "The stream has ended. If it comes back, it is shown here by itself.",
        action: {label: "Look again", does: "retry"},
      };
  }
}
