import type { ToPreview } from "./protocol";

/** More than anyone reads here, and little enough for a browser. */
const longestText = 200_000;

export function showText(root: HTMLElement, { bytes, labels }: ToPreview): void {
    const text = decode(new Uint8Array(bytes));
    const shown = document.createElement("pre");
    shown.className = "text";
    shown.dir = "auto";
    shown.tabIndex = 0;  // what scrolls can be scrolled by keyboard
    shown.textContent = text.slice(0, longestText);
    root.append(shown);
    if (text.length > longestText) root.append(note(labels.isCut));
}

export function note(text: string): HTMLElement {
    const paragraph = document.createElement("p");
    paragraph.className = "note";
    paragraph.textContent = text;
    return paragraph;
}

/** Text files say seldom how they are written: a byte order mark, or else UTF-8, or else what Windows wrote in the West. */
export function decode(bytes: Uint8Array): string {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
        return new TextDecoder("windows-1252").decode(bytes);
    }
}
