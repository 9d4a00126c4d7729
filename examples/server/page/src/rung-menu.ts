/** The button that opens the list of rungs: a menu of radio items by the ARIA pattern, all of it by keyboard. */
import type {Rung, Rungs} from "./player";

function label(rung: Rung): string {
  return rung.height > 0 ? `${rung.height}p` : "Audio";
}

function rate(bitrate: number): string {
  return bitrate >= 1e6 ? `${(bitrate / 1e6).toFixed(1)} Mb/s` : `${Math.round(bitrate / 1e3)} kb/s`;
}

export class RungMenu {
  private rungs: Rungs = {all: [], fixed: null, playing: null};

  constructor(private readonly button: HTMLButtonElement, private readonly menu: HTMLElement, private readonly chosen: (rung: number | null) => void) {
    button.addEventListener("click", () => (this.open ? this.close() : this.show()));
    button.addEventListener("keydown", (event) => {
      if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        event.preventDefault();
        this.show();
      }
    });
    menu.addEventListener("keydown", (event) => this.key(event));
    menu.addEventListener("click", (event) => {
      const item = (event.target as Element).closest<HTMLElement>("[role=menuitemradio]");
      if (item) this.pick(item);
    });
    addEventListener("pointerdown", (event) => {
      if (this.open && !menu.contains(event.target as Node) && !button.contains(event.target as Node)) this.close(false);
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget as Node) && event.relatedTarget !== button) this.close(false);
    });
  }

  /** A stream with one rung has nothing to choose: the button goes. */
  update(rungs: Rungs): void {
    this.rungs = rungs;
    this.button.hidden = rungs.all.length < 2;
    if (this.button.hidden) this.close(false);
    const playing = rungs.all.find((rung) => rung.id === rungs.playing);
    const fixed = rungs.all.find((rung) => rung.id === rungs.fixed);
    const text = fixed ? label(fixed) : playing ? `Auto ${label(playing)}` : "Auto";
    this.button.querySelector(".label")!.textContent = text;
    this.button.setAttribute("aria-label", `Picture: ${text}`);
    if (this.open) this.fill();
  }

  private get open(): boolean {
    return !this.menu.hidden;
  }

  private show(): void {
    this.fill();
    this.menu.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    (this.items().find((item) => item.getAttribute("aria-checked") === "true") ?? this.items()[0])?.focus();
  }

  private close(focus = true): void {
    this.menu.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (focus) this.button.focus();
  }

  private items(): HTMLElement[] {
    return [...this.menu.querySelectorAll<HTMLElement>("[role=menuitemradio]")];
  }

  private fill(): void {
    const focused = this.items().findIndex((item) => item === document.activeElement);
    const row = (id: number | null, name: string, detail: string): HTMLElement => {
      const item = document.createElement("button");
      item.type = "button";
      item.tabIndex = -1;
      item.setAttribute("role", "menuitemradio");
      item.setAttribute("aria-checked", String(this.rungs.fixed === id));
      item.dataset.rung = id === null ? "" : String(id);
      const [title, note] = [document.createElement("span"), document.createElement("span")];
      title.textContent = name;
      note.textContent = detail;
      note.className = "detail";
      item.append(title, note);
      return item;
    };
    const byHeight = [...this.rungs.all].sort((a, b) => b.height - a.height || b.bitrate - a.bitrate);
    this.menu.replaceChildren(row(null, "Auto", "fits your network"), ...byHeight.map((rung) => row(rung.id, label(rung), rate(rung.bitrate))));
    if (focused >= 0) this.items()[focused]?.focus();
  }

  private pick(item: HTMLElement): void {
    this.close();
    this.chosen(item.dataset.rung ? Number(item.dataset.rung) : null);
  }

  private key(event: KeyboardEvent): void {
    const items = this.items();
    const at = items.indexOf(document.activeElement as HTMLElement);
    const go = (to: number): void => items[(to + items.length) % items.length]?.focus();
    switch (event.key) {
      case "ArrowDown": go(at + 1); break;
      case "ArrowUp": go(at - 1); break;
      case "Home": go(0); break;
      case "End": go(-1); break;
      case "Escape": this.close(); break;
      case "Tab": this.close(false); return;
      default: return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
