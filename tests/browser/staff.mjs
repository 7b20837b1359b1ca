// Attorneys and admins at their browsers, and what they find there.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { admin } from "./service.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const fixtures = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../fixtures");

export const attorney = { email: "ada.brandt@law.example", password: "a long walk along the river", role: "ATTORNEY" };
export const colleague = { email: "miguel.ortega@law.example", password: "seven cups of green tea", role: "ATTORNEY" };

export const fixture = (name) => readFileSync(path.join(fixtures, name));

/** The API, as `user`. */
export async function apiAs(service, user) {
    const answer = await fetch(`${service.url}/token`, {
        method: "POST",
        body: new URLSearchParams({ username: user.email, password: user.password }),
    });
    const token = (await answer.json()).access_token;
    return async (method, target, body) => {
        const response = await fetch(service.url + target, {
            method,
            headers: { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) },
            ...(body ? { body: JSON.stringify(body) } : {}),
        });
        const text = await response.text();
        assert.ok(response.ok, `${method} ${target}: ${response.status} ${text}`);
        return JSON.parse(text);
    };
}

export async function addColleagues(service) {
    const api = await apiAs(service, admin);
    for (const user of [attorney, colleague]) await api("POST", "/users/", user);
    return api;
}

/** Submits a lead as a prospect does. */
export async function submit(service, { first_name = "Zoë", last_name = "Łukasiewicz", email = "zoe@mail.example", file = "resume.txt", bytes, type } = {}) {
    const types = { pdf: "application/pdf", txt: "text/plain", rtf: "application/rtf", doc: "application/msword" };
    const form = new FormData();
    for (const [name, value] of Object.entries({ first_name, last_name, email })) form.set(name, value);
    form.set("resume", new Blob([bytes ?? fixture(file)], { type: type ?? types[file.split(".").at(-1)] }), file);
    const response = await fetch(`${service.url}/leads/`, { method: "POST", body: form });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
}

/** A page where `user` is logged in. */
export async function openInbox(browser, service, user, { place = "#/leads", preferences, ...context } = {}) {
    const opened = await browser.open(`${service.url}/healthz`, context);
    const { page } = opened;
    const answer = await page.request.post(`${service.url}/session`, {
        data: { email: user.email, password: user.password },
        headers: { "X-Requested-With": "alma-leads" },
    });
    assert.equal(answer.status(), 200, await answer.text());
    if (preferences) {
        await page.addInitScript((value) => {
            if (self === top) localStorage.setItem("alma-leads.preferences", value);
        }, JSON.stringify(preferences));
    }
    await page.goto(`${service.url}/inbox/${place}`);
    await page.locator("h1").first().waitFor();
    return opened;
}

/** Another screen, without loading the page anew. */
export async function goTo(page, place) {
    await page.evaluate((hash) => { location.hash = hash; }, place);
}

/** WCAG 2.2 AA, and what axe calls best practice. The page's policy refuses scripts of others, so axe comes by the debugger. */
export async function checkAccessibility(page, name) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }));
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`), [], name);
}

export async function checkNoSidewaysScrolling(page, name) {
    const { wide, shown } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        shown: document.documentElement.clientWidth,
    }));
    assert.ok(wide <= shown, `${name}: ${wide} px of content on ${shown} px`);
}

/** A mail server that takes every mail and keeps it in `mails`, or refuses every recipient. */
export async function startMailServer() {
    const server = createServer((socket) => {
        let isData = false, rest = "", text = "";
        socket.on("error", () => {});
        socket.write("220 mail.example\r\n");
        socket.on("data", (data) => {
            const lines = (rest + data).split("\r\n");
            rest = lines.pop();
            for (const line of lines) {
                if (isData) {
                    if (line !== ".") {
                        text += `${line}\n`;
                        continue;
                    }
                    isData = false;
                    mailServer.mails.push(text);
                    socket.write("250 Taken\r\n");
                } else if (/^RCPT/i.test(line) && mailServer.refuses) socket.write("550 5.1.1 No such user here\r\n");
                else if (/^DATA/i.test(line)) {
                    isData = true;
                    text = "";
                    socket.write("354 Go on\r\n");
                } else if (/^QUIT/i.test(line)) socket.end("221 Bye\r\n");
                else socket.write("250 OK\r\n");
            }
        });
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const mailServer = {
        refuses: false,
        mails: [],
        /** The link in the first mail to `address` that has one, as soon as it came. */
        async linkTo(address) {
            for (let round = 0; round < 100; ++round) {
                const mail = mailServer.mails.find((text) => text.includes(`To: ${address}`) || text.includes(`To: <${address}>`));
                const link = /https?:\/\/\S+#\/set-password\/[\w-]+/.exec(mail?.replace(/=\n/g, "").replace(/=3D/g, "=") ?? "");
                if (link) return link[0];
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
            throw new Error(`no link to ${address} in ${mailServer.mails.length} mails`);
        },
        settings: {
            MAIL_SERVER: "127.0.0.1", MAIL_PORT: String(server.address().port), MAIL_STARTTLS: "false", MAIL_USE_CREDENTIALS: "false",
            MAIL_FROM: "leads@law.example", MAIL_MAX_ATTEMPTS: "1",
        },
        stop: () => new Promise((resolve) => server.close(resolve)),
    };
    return mailServer;
}
