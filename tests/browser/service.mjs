// The real binary with one admin, and Debian's Chromium.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.ALMA_BINARY ?? path.join(root, "build/dev/alma-leads");

export const admin = { email: "admin@law.example", password: "correct horse battery staple" };

/** Known before the service starts: links in its mails need a port that does not change. */
async function freePort() {
    const probe = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => probe.once("listening", resolve));
    const { port } = probe.address();
    await new Promise((resolve) => probe.close(resolve));
    return port;
}

/** Starts `alma-leads serve` on a free port, with these settings besides. */
export async function startService(settings = {}) {
    const directory = mkdtempSync(path.join(tmpdir(), "alma-browser-"));
    const child = spawn(binary, ["serve", "--port", String(await freePort())], {
        cwd: directory,
        env: { PATH: process.env.PATH, DATA_DIR: path.join(directory, "data"), LEAD_RATE_LIMIT: "off", ...settings },
        stdio: ["ignore", "pipe", "inherit"],
    });
    const url = await new Promise((resolve, reject) => {
        let output = "";
        child.stdout.on("data", (data) => {
            output += data;
            const found = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output);
            if (found) resolve(found[1]);
        });
        child.once("exit", (status) => reject(new Error(`serve ended with ${status}: ${output}`)));
    });
    const made = await fetch(`${url}/users/initial`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(admin),
    });
    if (made.status !== 200) throw new Error(`no admin: ${await made.text()}`);
    return {
        url,
        async stop() {
            const ended = new Promise((resolve) => child.once("exit", resolve));
            child.kill("SIGTERM");
            const status = await ended;
            rmSync(directory, { recursive: true });
            if (status !== 0) throw new Error(`exit status ${status}`);
        },
    };
}

/** A page that remembers what a visitor must never meet: errors, refused scripts, requests to elsewhere. */
export async function openBrowser() {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        // Chromium's own errands would leave this machine.
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"],
    });
    return {
        /** @param options of the browser's context: `viewport`, `colorScheme`, `locale`… */
        async open(url, options = {}) {
            const page = await browser.newPage(options);
            page.setDefaultTimeout(20_000);
            const problems = [];
            page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
            page.on("pageerror", (error) => problems.push(String(error)));
            page.on("request", (request) => {
                const target = new URL(request.url());
                if (!["data:", "blob:"].includes(target.protocol) && target.origin !== new URL(url).origin)
                    problems.push(`request to ${target.origin}`);
            });
            await page.goto(url);
            return { page, problems };
        },
        /** For pages that need more than open() gives: Playwright's own. */
        context: (options) => browser.newContext(options),
        close: () => browser.close(),
    };
}
