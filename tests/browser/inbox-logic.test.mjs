// The logic of the inbox that needs no browser: words, times, places, pages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const web = new URL("../../web/", import.meta.url);
const esbuild = createRequire(new URL("package.json", web))("esbuild");

// As much of a browser as the modules touch when they are loaded.
const stored = new Map();
for (const [name, value] of Object.entries({
    document: { documentElement: { dataset: {} } },
    navigator: { languages: ["en-GB"] },
    location: { hash: "" },
    addEventListener: () => {},
    localStorage: { getItem: (key) => stored.get(key) ?? null, setItem: (key, text) => stored.set(key, text) },
})) Object.defineProperty(globalThis, name, { value, configurable: true });

const { outputFiles } = await esbuild.build({
    stdin: {
        contents: `
            export * from "./text/time"; export * from "./text/messages"; export * from "./state/router";
            export { prefer } from "./state/preferences"; export { nextPage } from "./api/client"; export { firstPage } from "./state/lead-list";
            export { decode } from "./preview/text";`,
        resolveDir: fileURLToPath(new URL("inbox", web)),
    },
    bundle: true, write: false, format: "esm", platform: "neutral", mainFields: ["module", "main"],
});
const { exactTime, decode, fileSize, firstPage, hrefTo, nextPage, parsePlace, parseTime, prefer, relativeTime, t } =
    await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);

test("a time without a zone is UTC", () => {
    assert.equal(parseTime("2025-09-26T19:42:27.248539").toISOString(), "2025-09-26T19:42:27.248Z");
    assert.equal(parseTime("2025-09-26T19:42:27Z").toISOString(), "2025-09-26T19:42:27.000Z");
    assert.equal(parseTime("2025-09-26T19:42:27+02:00").toISOString(), "2025-09-26T17:42:27.000Z");
});

test("a time is said as people say it, and after a week as a date", () => {
    const now = new Date("2026-11-30T12:00:00Z");
    const said = (text) => relativeTime(new Date(text), now);
    assert.equal(said("2026-11-30T11:59:30Z"), "now");
    assert.match(said("2026-11-30T11:55:00Z"), /^5 min/);
    assert.match(said("2026-11-30T09:10:00Z"), /^2 hr?/);
    assert.equal(said("2026-11-29T11:00:00Z"), "yesterday");
    assert.equal(said("2026-11-20T12:00:00Z"), "20 Nov");
    assert.equal(said("2024-11-20T12:00:00Z"), "20 Nov 2024");
    assert.match(said("2026-11-30T12:10:00Z"), /^in 10 min/);
    assert.match(exactTime(new Date("2026-11-20T12:00:00Z")), /20 November 2026/);
});

test("a size has three digits or less, and its unit", () => {
    assert.match(fileSize(356), /^356 byte/);
    assert.equal(fileSize(48_200), "48 kB");
    assert.equal(fileSize(10_485_760), "10.5 MB");
});

test("a number takes its plural, in each language", () => {
    assert.equal(t("list.count", { count: 1 }), "1 lead");
    assert.equal(t("list.count", { count: 0 }), "0 leads");
    assert.equal(t("list.count", { count: 1_000_000 }), "1,000,000 leads");
    prefer({ language: "es" });
    assert.equal(t("list.count", { count: 1 }), "1 solicitud");
    assert.equal(t("list.count", { count: 20_000 }), "20.000 solicitudes");
    prefer({ language: null });
});

test("a name inside a text is isolated from it", () => {
    assert.equal(t("list.select", { name: "\u202Eevil" }), "Select \u2068\u202Eevil\u2069");
});

test("a place is read from a fragment and written back", () => {
    const { path, query } = parsePlace("#/leads/a%2Fb?q=x%20y&status=PENDING");
    assert.deepEqual(path, ["leads", "a/b"]);
    assert.equal(query.get("q"), "x y");
    assert.equal(hrefTo(path, query), "#/leads/a%2Fb?q=x+y&status=PENDING");
    assert.deepEqual(parsePlace("").path, []);
    assert.deepEqual(parsePlace("#/%E0%A4%A").path, ["%E0%A4%A"], "what is no escape stays");
});

test("the next page is asked of the service that one is at, whatever its name is outside", () => {
    assert.equal(nextPage('<https://leads.firm.example/leads/?limit=50&cursor=abc>; rel="next"'), "/leads/?limit=50&cursor=abc");
    assert.equal(nextPage('</a>; rel="prev", </b>; rel="next"'), "/b");
    assert.equal(nextPage(null), null);
    assert.equal(nextPage('</a>; rel="prev"'), null);
});

test("only filters that are set reach the service", () => {
    const asked = new URLSearchParams(firstPage(new URLSearchParams("q=+&status=PENDING&evil=1&sort=created_at")).split("?")[1]);
    assert.deepEqual(Object.fromEntries(asked), { limit: "50", view: "details", sort: "created_at", status: "PENDING" });
});

test("a text file is read as it was written", () => {
    const utf16 = Uint8Array.from([0xff, 0xfe, 0x43, 0, 0xe9, 0]);
    assert.equal(decode(utf16), "Cé");
    assert.equal(decode(new TextEncoder().encode("Łódź")), "Łódź");
    assert.equal(decode(Uint8Array.from([0x43, 0xe9])), "Cé");
});

test("every text is there in every language, with the same gaps", () => {
    const gaps = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join();
    const flat = (messages, prefix = "") => Object.entries(messages).flatMap(([key, value]) =>
        typeof value === "string" ? [`${prefix}${key}: ${gaps(value)}`] : flat(value, `${prefix}${key}.`));
    const [english, spanish] = ["en", "es"].map((language) => JSON.parse(readFileSync(new URL(`messages/${language}.json`, web), "utf8")));
    assert.deepEqual(flat(spanish), flat(english));
});
