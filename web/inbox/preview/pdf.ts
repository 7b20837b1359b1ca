/** PDF by pdf.js, without a worker, without eval and without anything from the network: all of it is in this bundle. */
import { AnnotationMode, TextLayer, getDocument } from "pdfjs-dist/legacy/build/pdf.min.mjs";
import type { PDFDocumentProxy } from "pdfjs-dist";
import { WorkerMessageHandler } from "pdfjs-dist/legacy/build/pdf.worker.min.mjs";
import { note } from "./text";
import type { ToPreview } from "./protocol";

// Where pdf.js looks for its worker's code before it would load it from somewhere.
Object.assign(globalThis, { pdfjsWorker: { WorkerMessageHandler } });

/** A resume has a few pages; a file that claims 100,000 costs no more than this. */
const mostPages = 100;
/** Of one page's picture: 16 MB of memory. */
const mostPixels = 4_000_000;
/** Of a page that is a mile long, the part that is this much longer than wide is drawn. */
const longestShape = 4;

export async function showPdf(root: HTMLElement, { bytes, labels }: ToPreview): Promise<void> {
    const pdf = await getDocument({
        data: new Uint8Array(bytes),
        enableXfa: false,
        useWorkerFetch: false,
        useWasm: false,
        stopAtErrors: false,
        maxImageSize: 4 * mostPixels,
        verbosity: 0,
    }).promise;
    const count = Math.min(pdf.numPages, mostPages);
    const pages = Array.from({ length: count }, (_, index) => pageBox(index + 1, labels.page, count));
    root.append(...pages);
    if (pdf.numPages > count) root.append(note(labels.isCut));
    await drawNear(pdf, pages);
}

function pageBox(number: number, label: string, count: number): HTMLElement {
    const box = document.createElement("section");
    box.className = "page";
    box.dataset.page = String(number);
    box.setAttribute("aria-label", label.replace("{number}", String(number)).replace("{count}", String(count)));
    return box;
}

/** Draws pages when they come near, and lets go of them when they are far: only a few are in memory. Answers when the first is drawn. */
async function drawNear(pdf: PDFDocumentProxy, pages: readonly HTMLElement[]): Promise<void> {
    const first = pages[0];
    if (first) await draw(pdf, first);
    // Most likely the others are like it: then nothing moves when they are drawn.
    for (const page of pages) page.style.blockSize = first?.style.blockSize ?? "";
    const observer = new IntersectionObserver((entries) => {
        for (const { target, isIntersecting } of entries) {
            const box = target as HTMLElement;
            if (!isIntersecting) box.replaceChildren();
            else if (box.childElementCount === 0) draw(pdf, box).catch(() => box.classList.add("page-damaged"));
        }
    }, { rootMargin: "100%" });
    for (const page of pages) observer.observe(page);
}

async function draw(pdf: PDFDocumentProxy, box: HTMLElement): Promise<void> {
    const page = await pdf.getPage(Number(box.dataset.page));
    const width = box.clientWidth;
    const viewport = page.getViewport({ scale: width / page.getViewport({ scale: 1 }).width });
    const height = Math.min(viewport.height, longestShape * width);
    const density = Math.min(devicePixelRatio, Math.sqrt(mostPixels / (width * height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(width * density);
    canvas.height = Math.floor(height * density);
    box.style.blockSize = `${height}px`;
    box.style.setProperty("--total-scale-factor", String(viewport.scale));
    const text = document.createElement("div");
    text.className = "textLayer";
    box.replaceChildren(canvas, text);
    await page.render({ canvas, viewport, transform: [density, 0, 0, density, 0, 0], annotationMode: AnnotationMode.DISABLE }).promise;
    await new TextLayer({ textContentSource: page.streamTextContent(), container: text, viewport }).render();
}
