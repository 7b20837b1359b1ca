// The inbox for everyone: by keyboard, with a screen reader, in the dark, on a phone, enlarged, in other languages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { admin, openBrowser, startService } from "./service.mjs";
import { addColleagues, attorney, checkAccessibility, checkNoSidewaysScrolling, colleague, goTo, openInbox, startMailServer, submit } from "./staff.mjs";

let mail;
let service;
let browser;
let lead;

before(async () => {
    mail = await startMailServer();
    service = await startService(mail.settings);
    browser = await openBrowser();
    const api = await addColleagues(service);
    mail.refuses = true;
    await submit(service, { first_name: "Ada", last_name: "Lovelace", email: "ada@mail.example" });
    await submit(service, { first_name: "Zoë", last_name: "Łukasiewicz", email: "zoe@mail.example", file: "resume.rtf" });
    lead = await submit(service, { first_name: "Zoë", last_name: "Łukasiewicz", email: "zoe@mail.example", file: "resume.pdf" });
    await api("POST", `/leads/${lead.uuid}/notes`, { text: "Called, left a message." });
    await api("PUT", `/leads/${lead.uuid}/assignee`, { assignee: colleague.email });
});

after(async () => {
    await browser?.close();
    await service?.stop();
    await mail?.stop();
});

/** Every screen of the inbox, and what can be opened on it. `show` answers when it is there. */
const screens = [
    ["the list", "#/leads", (page) => page.locator("[data-row]").nth(2).waitFor()],
    ["selected leads", null, async (page) => {
        await page.locator("[data-row] [type=checkbox]").first().check();
        await page.locator(".bulk-bar").waitFor();
    }],
    ["no match", "#/leads?q=nobody", (page) => page.locator(".empty").waitFor()],
    ["a lead", () => `#/leads/${lead.uuid}`, async (page) => {
        await page.locator(".note").waitFor();
        await page.locator(".entry").first().waitFor();
        await page.locator(".duplicates summary").click();
    }],
    ["an open menu", null, async (page) => {
        await page.locator(".lead-actions [aria-haspopup]").click();
        await page.getByRole("menu").waitFor();
    }],
    ["a preview", null, async (page) => {
        await page.keyboard.press("Escape");
        await page.locator(".resume-actions button").click();
        await page.frameLocator(".preview").locator(".page canvas").first().waitFor();
    }],
    ["the dialog that erases", null, async (page) => {
        await page.locator(".lead-erase").click();
        await page.getByRole("dialog").waitFor();
    }],
    ["a toast", null, async (page) => {
        await page.keyboard.press("Escape");
        await page.locator(".lead-actions > button").first().click();
        await page.locator(".toast").waitFor();
    }],
    ["users", "#/users", (page) => page.locator(".table-row").first().waitFor()],
    ["the dialog that adds a user", null, async (page) => {
        await page.locator(".screen-head button").click();
        await page.getByRole("dialog").waitFor();
    }],
    ["mails that failed", "#/mails", async (page) => {
        await page.keyboard.press("Escape");
        await page.locator(".table-row, .empty").first().waitFor();
    }],
    ["mails that wait", "#/mails/waiting", (page) => page.locator(".empty, .table-row").first().waitFor()],
    ["the audit log", "#/audit", (page) => page.locator(".entry").first().waitFor()],
    ["my account", "#/account", (page) => page.locator(".account").waitFor()],
    ["the keys", null, async (page) => {
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
    }],
    ["no such page", "#/nowhere", async (page) => {
        await page.keyboard.press("Escape");
        await page.locator(".empty").waitFor();
    }],
];

async function walk(page, check) {
    for (const [name, place, show] of screens) {
        if (place) await goTo(page, typeof place === "function" ? place() : place);
        await show(page);
        await check(name);
    }
}

for (const colorScheme of ["light", "dark"]) {
    test(`no screen has a barrier that axe finds, in the ${colorScheme} scheme`, async () => {
        const { page, problems } = await openInbox(browser, service, admin, { colorScheme });
        await walk(page, (name) => checkAccessibility(page, name));
        assert.deepEqual(problems, []);
    });

    test(`nor has the login, in the ${colorScheme} scheme`, async () => {
        const { page } = await browser.open(`${service.url}/inbox/`, { colorScheme });
        await page.getByRole("heading", { name: "Log in" }).waitFor();
        await checkAccessibility(page, "login");
        await page.getByRole("button", { name: "Log in" }).click();
        await page.getByRole("alert").waitFor();
        await checkAccessibility(page, "a wrong login");
        await goTo(page, "#/forgotten-password");
        await page.getByRole("heading", { name: "Forgotten password" }).waitFor();
        await checkAccessibility(page, "a forgotten password");
        await goTo(page, "#/set-password/a-token");
        await page.getByRole("heading", { name: "Set your password" }).waitFor();
        await checkAccessibility(page, "a new password");
    });
}

for (const [name, context] of [
    ["a phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
    ["a small phone", { viewport: { width: 320, height: 568 } }],
    ["400 % zoom", { viewport: { width: 1280 / 4, height: 1024 / 4 } }],
]) {
    test(`on ${name} nothing scrolls sideways, in Spanish too`, async () => {
        for (const language of ["en", "es"]) {
            const { page, problems } = await openInbox(browser, service, admin, { ...context, preferences: { language } });
            await walk(page, (screen) => checkNoSidewaysScrolling(page, `${screen} in ${language}`));
            assert.deepEqual(problems, []);
        }
    });
}

test("from right to left the page is a mirror image, and no text is left untranslated", async () => {
    const { page, problems } = await openInbox(browser, service, admin, { preferences: { language: "rtl" } });
    await page.locator("[data-row]").first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dir), "rtl");
    const [side, main] = await Promise.all([".side", ".main"].map((part) => page.locator(part).boundingBox()));
    assert.ok(side.x >= main.x + main.width - 1, "the navigation is on the right");
    await walk(page, async (screen) => {
        await checkNoSidewaysScrolling(page, screen);
        // Each word of the messages has marks on its vowels; what has none was written into the code.
        const plain = await page.evaluate(() => [...document.querySelectorAll("button, a, h1, h2, label, legend, option, dt, dd, .muted")]
            .filter((element) => element.checkVisibility() && !element.querySelector("bdi, time, kbd") && !element.closest("bdi, kbd, .server-words, option, .side-brand"))
            .flatMap((element) => [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data))
            .filter((text) => /[aeiou](?!\u0304)/.test(text.replace(/\u2068.*?\u2069/g, "")) && !/byte|kB|MB/.test(text)));
        assert.deepEqual(plain, [], screen);
    });
    assert.deepEqual(problems, []);
});

test("in Spanish every screen is Spanish", async () => {
    const { page, problems } = await openInbox(browser, service, admin, { locale: "es-ES" });
    assert.equal(await page.evaluate(() => document.documentElement.lang), "es");
    await page.getByRole("heading", { name: "Bandeja de entrada" }).waitFor();
    await walk(page, (screen) => checkAccessibility(page, screen));
    await goTo(page, "#/account");
    await page.getByLabel("Idioma").selectOption("en");
    await page.getByRole("heading", { name: "My account" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "My account" }).waitFor();
    assert.deepEqual(problems, []);
});

const focused = (page) => page.evaluate(() => document.activeElement?.innerText || document.activeElement?.getAttribute("aria-label") || document.activeElement?.tagName);

/** Presses Tab until `wanted` has the focus, which is visible at every step. */
async function tabTo(page, wanted, key = "Tab") {
    for (let step = 0; step < 80; ++step) {
        await page.keyboard.press(key);
        const isVisible = await page.evaluate(() => {
            const { activeElement } = document;
            if (!activeElement || activeElement === document.body) return true;
            const box = activeElement.getBoundingClientRect();
            return box.bottom > 0 && box.top < innerHeight;
        });
        assert.ok(isVisible, `the focus is off the screen at ${await focused(page)}`);
        if (wanted.test(await focused(page))) return;
    }
    assert.fail(`${wanted} was not reached`);
}

test("by keyboard alone one logs in, opens a lead, marks it, takes it back and logs out", async () => {
    const { page, problems } = await browser.open(`${service.url}/inbox/`);
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.keyboard.type(attorney.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(attorney.password);
    await page.keyboard.press("Enter");
    await page.locator("[data-row]").first().waitFor();

    await tabTo(page, /Skip to the content/);
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
    await tabTo(page, /^Ada Lovelace/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Ada Lovelace" }).waitFor();
    assert.match(await focused(page), /Ada Lovelace/, "the new screen has the focus");
    await tabTo(page, /Mark as reached out/);
    await page.keyboard.press("Enter");
    await page.locator(".toast").waitFor();
    await tabTo(page, /Undo/);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Mark as reached out" }).waitFor();
    await tabTo(page, /Log out/, "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    assert.deepEqual(problems.filter((problem) => !problem.includes("401")), []);
});

test("j, k, o, e, z, / and ? do what the help says, and not while one types or when they are off", async () => {
    const { page, problems } = await openInbox(browser, service, attorney);
    await page.locator("[data-row]").nth(2).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    assert.match(await focused(page), /Ada Lovelace/);
    await page.keyboard.press("k");
    assert.match(await focused(page), /Zoë/);
    await page.keyboard.press("j");
    await page.keyboard.press("e");
    await page.locator(".toast").getByText("Reached out").waitFor();
    await page.keyboard.press("z");
    await page.locator(".toast").getByText("Undone.").waitFor();
    await page.keyboard.press("o");
    await page.getByRole("heading", { level: 1, name: "Ada Lovelace" }).waitFor();
    await page.keyboard.press("k");
    await page.getByRole("heading", { level: 1, name: "Zoë" }).waitFor();
    await page.getByLabel("Write a note").fill("");
    await page.getByLabel("Write a note").pressSequentially("joke/?");
    assert.equal(await page.getByLabel("Write a note").inputValue(), "joke/?");
    await page.getByLabel("Write a note").fill("");
    await page.getByRole("heading", { level: 1 }).focus();
    await page.keyboard.press("u");
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("type")), "search");

    await goTo(page, "#/account");
    await page.getByLabel("Keyboard shortcuts").uncheck();
    await page.keyboard.press("?");
    assert.equal(await page.getByRole("dialog").count(), 0);
    assert.deepEqual(problems, []);
});

test("a dialog keeps the focus and gives it back", async () => {
    const { page } = await openInbox(browser, service, admin, { place: `#/leads/${lead.uuid}` });
    const opener = page.getByRole("button", { name: "Erase this lead" });
    await opener.click();
    for (let step = 0; step < 6; ++step) {
        await page.keyboard.press("Tab");
        assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("dialog") !== null));
    }
    await page.keyboard.press("Escape");
    assert.ok(await opener.evaluate((button) => button === document.activeElement));
});
