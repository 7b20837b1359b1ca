/** Draws what the inbox hands over. Runs where nothing can be reached (see the policy in src/app/assets.cpp): assume that the file is hostile. */
import { showText } from "./text";
import type { FromPreview, ToPreview } from "./protocol";

const say = (message: FromPreview): void => parent.postMessage(message, "*");

addEventListener("message", (event: MessageEvent<ToPreview>) => {
    if (event.source !== parent) return;
    show(event.data).then(() => say({ kind: "shown", height: document.documentElement.scrollHeight }), (failure: unknown) => {
        console.warn(failure);
        say({ kind: "unreadable" });
    });
});

async function show(file: ToPreview): Promise<void> {
    const root = document.getElementById("file");
    if (!root) return;
    document.documentElement.lang = file.language;
    root.replaceChildren();
    if (file.kind === "text") return showText(root, file);
    const { showPdf } = await import("./pdf");
    await showPdf(root, file);
}

say({ kind: "ready" });
