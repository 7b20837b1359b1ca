// The package describes its source; we bundle what it has made of it for browsers that are some years old.
declare module "pdfjs-dist/legacy/build/pdf.min.mjs" {
    export * from "pdfjs-dist";
}
declare module "pdfjs-dist/legacy/build/pdf.worker.min.mjs" {
    export const WorkerMessageHandler: unknown;
}
