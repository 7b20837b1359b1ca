// The public form as a prospect uses it: on a phone, with and without JavaScript, by keyboard, within the firm's own site.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { admin, openBrowser, startService } from "./service.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const zoomed = { viewport: { width: 320, height: 256 } };  // 1280 by 1024 at 400 %
const screenshots = process.env.ALMA_SCREENSHOTS;  // a directory: each state is drawn into it
const resume = { name: "ada.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n1 0 obj\n") };

let site;
let service;
let browser;
let contexts = [];

before(async () => {
    site = await startSite();
    service = await startService({ FIRM_NAME: "Lovelace & Partners", FORM_EMBED_ORIGINS: site.allowed });
    browser = await openBrowser();
});

after(async () => {
    for (const context of contexts) await context.close();
    await browser?.close();
    await site?.stop();
    await service?.stop();
});

/** A site of the firm, and one of somebody else's: the same pages at another origin. */
async function startSite() {
    const server = createServer((request, response) => {
        response.setHeader("Content-Type", "text/html");
        response.end(`<!doctype html><title>Firm</title><h1>Firm</h1><iframe title="Apply" src="${service.url}/apply/embed"
            style="width:100%;height:60rem;border:0"></iframe><script>
            addEventListener("message", (event) => {
                if (event.origin === "${service.url}") document.querySelector("iframe").style.height = event.data.almaLeadsFormHeight + "px";
            });</script>`);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address();
    return {
        allowed: `http://127.0.0.1:${port}`,
        refused: `http://localhost:${port}`,
        stop: () => new Promise((resolve) => server.close(resolve)),
    };
}

/** A line to the service. While `isBroken` it breaks when an answer comes back; held, it takes little more of what is sent. */
async function startLine() {
    const { hostname, port } = new URL(service.url);
    const clients = new Set();
    const line = { isBroken: false, isHeld: false };
    const server = createTcpServer((client) => {
        const upstream = connect(Number(port), hostname);
        clients.add(client);
        client.on("data", (data) => {
            upstream.write(data);
            if (line.isHeld) client.pause();
        });
        upstream.on("data", (data) => (line.isBroken ? client.destroy() : client.write(data)));
        for (const [one, other] of [[client, upstream], [upstream, client]]) {
            one.on("error", () => other.destroy());
            one.on("close", () => other.destroy());
        }
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    line.url = `http://127.0.0.1:${server.address().port}`;
    line.release = () => {
        line.isHeld = false;
        for (const client of clients) client.resume();
    };
    line.stop = () => server.close();
    return line;
}

/** A page that remembers errors; `javaScriptEnabled: false` and the like are Playwright's options of a context. */
async function open(path = "/apply", options = {}) {
    const context = await browser.context({ locale: "en-US", reducedMotion: "reduce", ...options });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const problems = [];
    page.on("console", (message) => message.type() === "error" && !/status of 4\d\d/.test(message.text()) && problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.goto(path.startsWith("http") ? path : service.url + path);
    return { context, page, problems };
}

async function fill(page, { first = "Ada", last = "Lovelace", email = "ada@example.com", file = resume } = {}) {
    await page.getByLabel("First name").fill(first);
    await page.getByLabel("Last name").fill(last);
    await page.getByLabel("E-mail address").fill(email);
    if (file) await page.getByLabel("Resume").setInputFiles(file);
}

const send = (page) => page.getByRole("button", { name: "Send application" }).click();
/** What the service takes for the time of a person. */
const waitAsAPerson = (page) => page.waitForTimeout(2100);

async function leadsOf(email) {
    const login = await fetch(`${service.url}/token`, {
        method: "POST",
        body: new URLSearchParams({ username: admin.email, password: admin.password }),
    });
    const { access_token: token } = await login.json();
    const leads = await (await fetch(`${service.url}/leads/`, { headers: { Authorization: `Bearer ${token}` } })).json();
    return leads.filter((lead) => lead.email === email);
}

async function assertThanked(page) {
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    const reference = await page.locator(".reference-number").innerText();
    assert.match(reference, /^[0-9A-F]{4}-[0-9A-F]{4}$/);
    return reference;
}

async function draw(page, name) {
    if (screenshots) await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
}

/** No violation that axe knows of, in both colour schemes. */
async function assertAccessible(page, name) {
    for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
        assert.deepEqual(found, [], `${name}, ${colorScheme}`);
        await draw(page, `${name}-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: "light" });
}

const assertNotScrolledSideways = async (page) =>
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no scrolling sideways");

test("on a phone, with JavaScript", async () => {
    const { page, problems } = await open("/apply", phone);
    await assertAccessible(page, "phone");
    await fill(page, { email: "phone@example.com" });
    await send(page);
    const reference = await assertThanked(page);
    await assertAccessible(page, "phone-thanks");
    const [lead] = await leadsOf("phone@example.com");
    assert.equal(reference.replace("-", "").toLowerCase(), lead.uuid.slice(0, 8));
    assert.deepEqual(problems, []);
});

test("on a phone, without JavaScript", async () => {
    const { page } = await open("/apply", { ...phone, javaScriptEnabled: false });
    await fill(page, { email: "not an address", file: { ...resume, name: "ada.txt", mimeType: "text/plain" } });
    await waitAsAPerson(page);
    await send(page);
    await page.getByRole("heading", { name: "Please check your application" }).waitFor();
    assert.equal(await page.getByLabel("First name").inputValue(), "Ada");
    assert.equal(await page.getByLabel("E-mail address").inputValue(), "not an address");
    await page.getByText("Please choose your resume again").waitFor();
    await draw(page, "phone-without-javascript");
    await page.getByLabel("E-mail address").fill("plain@example.com");
    await page.getByLabel("Resume").setInputFiles(resume);
    await send(page);
    await assertThanked(page);
    assert.equal((await leadsOf("plain@example.com")).length, 1);
});

test("by keyboard alone", async () => {
    const { page } = await open();
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
    const order = [];
    for (let i = 0; i < 8; ++i) {
        await page.keyboard.press("Tab");
        order.push(await focused());
    }
    // The file input is one stop; the trap is none.
    assert.deepEqual(order.slice(0, 7), ["English", "Español", "first_name", "last_name", "email", "resume", "Send application"]);

    await page.getByRole("button", { name: "Send application" }).focus();
    await page.keyboard.press("Enter");
    assert.equal(await focused(), "problems");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await focused(), "first_name", "a problem leads to its field");
    await page.keyboard.type("Ada");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Lovelace");
    await page.keyboard.press("Tab");
    await page.keyboard.type("keyboard@example.com");
    await page.getByLabel("Resume").setInputFiles(resume);
    await page.getByLabel("E-mail address").focus();
    await page.keyboard.press("Enter");
    await assertThanked(page);
});

test("problems stand at their fields at once, and nothing typed is lost", async () => {
    const { page, problems } = await open("/apply", { viewport: { width: 768, height: 1024 } });
    await send(page);
    const summary = page.locator("#problems");
    assert.deepEqual(await summary.getByRole("link").allInnerTexts(), [
        "Enter your first name", "Enter your last name", "Enter your e-mail address", "Choose your resume, a file that is not empty",
    ]);
    assert.ok(await summary.evaluate((box) => box === document.activeElement), "the list of problems has the focus");
    await assertAccessible(page, "tablet-problems");

    await fill(page, { first: "x".repeat(201), email: "problems@example.com" });
    await page.getByLabel("Last name").fill("");
    await send(page);
    assert.deepEqual(await summary.getByRole("link").allInnerTexts(), ["Enter your last name"]);
    await page.getByLabel("Last name").fill("Lovelace");
    await send(page);
    // What only the service knows comes from it, without a reload: the file is still chosen.
    await page.getByRole("link", { name: /more than 200 characters/ }).waitFor();
    assert.equal(await page.getByLabel("First name").inputValue(), "x".repeat(201));
    assert.equal(await page.getByLabel("Resume").evaluate((input) => input.files[0].name), "ada.pdf");
    assert.equal(await page.getByText("choose your resume again").count(), 0);
    assert.ok(await summary.evaluate((box) => box === document.activeElement));
    await assertAccessible(page, "tablet-problem-of-the-service");

    await page.getByLabel("First name").fill("Ada");
    await send(page);
    await assertThanked(page);
    assert.deepEqual(problems, []);
});

test("a file is looked at when it is chosen", async () => {
    const { page } = await open();
    const refused = page.locator("#resume-problem");
    await page.getByLabel("Resume").setInputFiles({ name: "ada.exe", mimeType: "application/octet-stream", buffer: Buffer.from("MZ") });
    assert.match(await refused.innerText(), /must be a PDF/);
    await page.getByLabel("Resume").evaluate((input) => {
        const chosen = new DataTransfer();
        chosen.items.add(new File([new ArrayBuffer(10 * 1024 * 1024 + 1)], "ada.pdf"));
        input.files = chosen.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    assert.match(await refused.innerText(), /larger than 10 MB/);
    await page.getByLabel("Resume").setInputFiles(resume);
    await refused.waitFor({ state: "detached" });
    assert.equal(await page.getByLabel("Resume").getAttribute("aria-invalid"), null);
});

test("a file can be dropped", async () => {
    const { page } = await open("/apply", { viewport: { width: 1280, height: 900 } });
    await fill(page, { email: "drop@example.com", file: null });
    const dropped = await page.evaluateHandle(() => {
        const data = new DataTransfer();
        data.items.add(new File(["%PDF-1.7\n"], "dropped.pdf", { type: "application/pdf" }));
        return data;
    });
    const area = page.locator(".drop");
    await area.dispatchEvent("dragover", { dataTransfer: dropped });
    assert.match(await area.getAttribute("class"), /is-over/);
    await draw(page, "desktop-drop");
    await area.dispatchEvent("drop", { dataTransfer: dropped });
    assert.equal(await page.getByLabel("Resume").evaluate((input) => input.files[0].name), "dropped.pdf");
    await assertAccessible(page, "desktop-filled");
    await send(page);
    await assertThanked(page);
});

test("an upload shows how far it is, and a double click sends once", async () => {
    const line = await startLine();
    const { page } = await open(`${line.url}/apply`);
    await fill(page, { email: "slow@example.com", file: null });
    await page.getByLabel("Resume").evaluate((input) => {
        const chosen = new DataTransfer();
        chosen.items.add(new File(["%PDF-1.7\n", new Uint8Array(9_000_000)], "ada.pdf", { type: "application/pdf" }));
        input.files = chosen.files;
    });
    const posts = [];
    page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
    line.isHeld = true;
    await page.getByRole("button", { name: "Send application" }).dblclick();
    await page.getByText(/^([0-9]+ % sent|Sent\. .*)$/).waitFor();
    assert.equal(await page.getByRole("button", { name: "Sending…" }).getAttribute("aria-disabled"), "true");
    assert.ok(await page.locator("progress").evaluate((bar) => bar.value > 0));
    await assertAccessible(page, "desktop-sending");
    line.release();
    await assertThanked(page);
    assert.equal(posts.length, 1);
    assert.equal((await leadsOf("slow@example.com")).length, 1);
    line.stop();
});

test("a lost connection loses nothing, and the second try is no second lead", async () => {
    const line = await startLine();
    const { page } = await open(`${line.url}/apply`);
    await fill(page, { email: "lost@example.com" });
    line.isBroken = true;
    await send(page);
    await page.getByText(/The connection was lost/).waitFor();
    assert.equal((await leadsOf("lost@example.com")).length, 1);
    assert.equal(await page.getByLabel("Resume").evaluate((input) => input.files.length), 1);
    await assertAccessible(page, "desktop-connection-lost");
    line.isBroken = false;
    await send(page);
    const reference = await assertThanked(page);
    const [lead, ...others] = await leadsOf("lost@example.com");
    assert.deepEqual(others, []);
    assert.equal(reference.replace("-", "").toLowerCase(), lead.uuid.slice(0, 8));
    line.stop();
});

test("the form that one comes back to is the same one", async () => {
    const { page } = await open();
    await fill(page, { email: "back@example.com" });
    await send(page);
    const first = await assertThanked(page);
    await page.goBack();
    await fill(page, { email: "back@example.com" });
    await send(page);
    assert.equal(await assertThanked(page), first);
    assert.equal((await leadsOf("back@example.com")).length, 1);
});

test("hostile names are text", async () => {
    const { page, problems } = await open();
    const hostile = `"><img src=x onerror="document.title='run'"><script>document.title='run'</script>\u202e`;
    await fill(page, { first: hostile, last: "x".repeat(10_000), email: "hostile@example.com",
        file: { ...resume, name: "<img src=x onerror=alert(1)>.pdf" } });
    await send(page);
    await page.getByRole("link", { name: /last name has more than 200/ }).waitFor();
    assert.equal(await page.getByLabel("First name").inputValue(), hostile);
    await assertNotScrolledSideways(page);
    await page.getByLabel("Last name").fill("Lovelace");
    await send(page);
    await page.getByRole("link", { name: /Rename your resume/ }).waitFor();
    assert.doesNotMatch(await page.title(), /^run$/);
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(problems, []);
});

for (const javaScriptEnabled of [true, false]) {
    test(`400 % zoom needs no scrolling sideways, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async () => {
        const { page } = await open("/apply", { ...zoomed, javaScriptEnabled });
        await assertNotScrolledSidewaysIn(page, javaScriptEnabled);
        await fill(page, { email: "x".repeat(200) + "@", file: { ...resume, name: "a".repeat(200) + ".pdf" } });
        await waitAsAPerson(page);
        await send(page);
        await page.locator("#problems").waitFor();
        await assertNotScrolledSidewaysIn(page, javaScriptEnabled);
        await draw(page, `zoomed-problems-${javaScriptEnabled}`);
    });
}

/** Without JavaScript the page cannot be asked; its drawing can. */
async function assertNotScrolledSidewaysIn(page, javaScriptEnabled) {
    if (javaScriptEnabled) return assertNotScrolledSideways(page);
    const png = await page.screenshot({ fullPage: true });
    assert.equal(png.readUInt32BE(16), zoomed.viewport.width);
}

test("Spanish, and a language from right to left", async () => {
    const { page } = await open("/apply", { ...phone, locale: "es-ES" });
    await page.getByRole("heading", { name: "Solicitud a Lovelace & Partners" }).waitFor();
    await assertAccessible(page, "phone-spanish");
    await page.getByRole("link", { name: "English" }).click();
    await page.getByRole("heading", { name: "Apply to Lovelace & Partners" }).waitFor();

    const { page: mirrored } = await open("/apply?lang=en-x-rtl", phone);
    assert.equal(await mirrored.evaluate(() => getComputedStyle(document.body).direction), "rtl");
    await assertNotScrolledSideways(mirrored);
    await mirrored.locator("button").click();
    await mirrored.locator("#problems").waitFor();
    await assertAccessible(mirrored, "phone-right-to-left");
    await mirrored.goto(`${service.url}/apply/thank-you?reference=550E-8400&lang=en-x-rtl`);
    await assertAccessible(mirrored, "phone-right-to-left-thanks");
});

test("the firm's site shows it in a frame as high as it is, and nobody else's does", async () => {
    const { page, problems } = await open(`${site.allowed}/`);
    const frame = page.frameLocator("iframe");
    await frame.getByLabel("First name").waitFor();
    const height = () => page.locator("iframe").evaluate((element) => element.offsetHeight);
    const inside = () => page.frames()[1].evaluate(() => document.documentElement.offsetHeight);
    await page.waitForFunction(() => document.querySelector("iframe").offsetHeight !== 960);
    assert.equal(await height(), await inside());
    await draw(page, "embedded");
    await fill(frame, { email: "frame@example.com" });
    await frame.getByRole("button", { name: "Send application" }).click();
    await frame.getByRole("heading", { name: "Thank you" }).waitFor();
    assert.equal((await leadsOf("frame@example.com")).length, 1);
    assert.deepEqual(problems, []);

    const { page: refused, problems: refusals } = await open(`${site.refused}/`);
    await refused.waitForTimeout(500);
    assert.equal(await refused.frameLocator("iframe").getByLabel("First name").count(), 0);
    assert.match(refusals.join(" "), /frame-ancestors/);
});

test("nothing of it is loaded from elsewhere, and little at all", async () => {
    const context = await browser.context();
    contexts.push(context);
    const page = await context.newPage();
    const origins = new Set();
    page.on("request", (request) => origins.add(new URL(request.url()).origin));
    await page.goto(`${service.url}/apply`, { waitUntil: "load" });
    assert.deepEqual([...origins], [service.url]);
    const bytes = await page.evaluate(() => performance.getEntriesByType("resource")
        .filter(({ name }) => /\.(js|css)$/.test(name)).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0));
    assert.ok(bytes > 0 && bytes <= 15 * 1024, `${bytes} bytes of script and style`);
});
