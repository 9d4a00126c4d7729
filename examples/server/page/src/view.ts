/** The page's elements, and nothing that decides. */
import {latencyText} from "./latency";
import type {StreamEntry} from "./stream-list";
import type {Rungs} from "./player";
import {RungMenu} from "./rung-menu";
import {type Action, hasPicture, notice, type State, statusLine} from "./states";

export interface ViewEvents {
  stream(text: string): void;
  action(action: Action): void;
  hold(held: boolean): void;
  rung(rung: number | null): void;
}

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found as T;
}

export class View {
  readonly video = element<HTMLVideoElement>("video");
  private readonly stage = element("stage");
  private readonly form = element<HTMLFormElement>("choice");
  private readonly field = element<HTMLInputElement>("stream");
  private readonly hold = element<HTMLButtonElement>("hold");
  private readonly sound = element<HTMLButtonElement>("sound");
  private readonly full = element<HTMLButtonElement>("full");
  private readonly menu: RungMenu;
  private held = false;
  private shown = "";

  constructor(private readonly events: ViewEvents) {
    this.menu = new RungMenu(element("rung"), element("rungs"), (rung) => events.rung(rung));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      events.stream(this.field.value);
    });
    this.field.addEventListener("input", () => this.field.removeAttribute("aria-invalid"));
    this.hold.addEventListener("click", () => events.hold(!this.held));
    this.sound.addEventListener("click", () => this.toggleSound());
    this.full.addEventListener("click", () => this.toggleFull());
    this.full.hidden = !document.fullscreenEnabled;
    this.video.addEventListener("volumechange", () => this.tellSound());
    document.addEventListener("fullscreenchange", () => this.tellFull());
    addEventListener("keydown", (event) => this.key(event));
    this.tellSound();
    this.tellFull();
  }

  show(state: State): void {
    // Said again only when it changes: a status that repeats itself is read aloud again.
    const key = JSON.stringify(state);
    if (key === this.shown) return;
    this.shown = key;
    document.body.dataset.state = state.kind;
    element("status").textContent = statusLine(state);
    element("controls").hidden = !hasPicture(state);
    this.held = state.kind === "held";
    this.hold.querySelector(".label")!.textContent = this.held ? "Play" : "Pause";
    this.hold.classList.toggle("on", this.held);
    const words = notice(state);
    const box = element("notice");
    box.hidden = !words;
    element("notice-title").textContent = words?.title ?? "";
    element("notice-text").textContent = words?.text ?? "";
    const button = element<HTMLButtonElement>("notice-action");
    button.hidden = !words?.action;
    button.textContent = words?.action?.label ?? "";
    button.onclick = () => words?.action && this.events.action(words.action.does);
    if (!hasPicture(state)) this.latency(null);
  }

  name(stream: string | null): void {
    element("title").textContent = stream ?? "No stream yet";
    if (stream !== null) this.field.value = stream;
    document.title = stream === null ? "rostrum" : `${stream} – rostrum`;
    this.video.setAttribute("aria-label", stream === null ? "Live picture" : `Live picture of ${stream}`);
  }

  /** The field holds no stream's name. */
  refuseName(): void {
    this.field.setAttribute("aria-invalid", "true");
    this.field.focus();
    element("status").textContent = "A stream's name has two parts, such as live/cam";
  }

  offer(streams: readonly StreamEntry[]): void {
    element("streams").replaceChildren(...streams.map(({name}) => new Option(name)));
  }

  rungs(rungs: Rungs): void {
    this.menu.update(rungs);
  }

  latency(ms: number | null): void {
    element("latency").textContent = latencyText(ms);
  }

  private toggleSound(): void {
    this.video.muted = !this.video.muted;
  }

  private tellSound(): void {
    this.sound.querySelector(".label")!.textContent = this.video.muted ? "Unmute" : "Mute";
    this.sound.classList.toggle("on", this.video.muted);
  }

  private toggleFull(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.stage.requestFullscreen();
  }

  private tellFull(): void {
    this.full.setAttribute("aria-label", document.fullscreenElement ? "Leave full screen" : "Full screen");
  }

  /** One-letter keys, unless something is being typed or chosen. */
  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, [role=menu]")) return;
    if (element("controls").hidden) return;
    if (event.key === "m") this.toggleSound();
    else if (event.key === "f" && !this.full.hidden) this.toggleFull();
    else if (event.key === "k") this.events.hold(!this.held);
  }
}
