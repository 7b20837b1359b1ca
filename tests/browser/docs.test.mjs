// /docs and /redoc as a person uses them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { admin, openBrowser, startService } from "./service.mjs";

let service;
let browser;

before(async () => {
    service = await startService();
    browser = await openBrowser();
});

after(async () => {
    await browser?.close();
    await service?.stop();
});

async function authorize(page) {
    await page.getByRole("button", { name: "Authorize" }).first().click();
    const dialog = page.locator(".dialog-ux");
    await dialog.locator("#oauth_username").fill(admin.email);
    await dialog.locator("#oauth_password").fill(admin.password);
    await dialog.locator("button.authorize").first().click();
    await dialog.getByRole("button", { name: "Remove authorization" }).or(dialog.getByText("Logout")).first().waitFor();
    await page.locator("button.btn-done").first().click();
}

/** Opens one operation and sends it. @return the status that the page shows, and the answer */
async function tryOut(page, method, path, fill = async () => {}) {
    const operation = page.locator(`.opblock-${method}`).filter({ has: page.locator(`[data-path="${path}"]`) });
    await operation.locator(".opblock-summary").click();
    await operation.getByRole("button", { name: "Try it out" }).click();
    await fill(operation);
    await operation.getByRole("button", { name: "Execute" }).click();
    const answer = operation.locator(".live-responses-table .response");
    await answer.waitFor();
    return {
        status: Number(await answer.locator(".response-col_status").first().innerText()),
        text: await answer.locator(".response-col_description").innerText(),
    };
}

test("a person logs in, submits a lead and lists it", async () => {
    const { page, problems } = await browser.open(`${service.url}/docs`);
    await page.getByText("/leads/{lead_uuid}/status").waitFor();
    await authorize(page);

    const submitted = await tryOut(page, "post", "/leads/", async (operation) => {
        const field = (name) => operation.locator(`tr[data-property-name="${name}"] input`);
        await field("first_name").fill("Ada");
        await field("last_name").fill("Lovelace");
        await field("email").fill("ada@example.com");
        await field("resume").setInputFiles({ name: "ada.txt", mimeType: "text/plain", buffer: Buffer.from("Analyst.") });
    });
    assert.equal(submitted.status, 200, submitted.text);

    const listed = await tryOut(page, "get", "/leads/");
    assert.equal(listed.status, 200, listed.text);
    assert.match(listed.text, /ada@example\.com/);
    assert.deepEqual(problems, []);
});

test("without a login, the list is refused", async () => {
    const { page } = await browser.open(`${service.url}/docs`);
    const refused = await tryOut(page, "get", "/leads/");
    assert.equal(refused.status, 401);
    assert.match(refused.text, /Could not validate credentials/);
});

test("/redoc shows the same document, to read only", async () => {
    const { page, problems } = await browser.open(`${service.url}/redoc`);
    await page.getByText("/leads/{lead_uuid}/status").waitFor();
    await page.locator('[data-path="/admin/failed-emails/{failed_email_id}/resend"]').click();
    await page.getByText("Failed email record not found").first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Authorize" }).count(), 0);
    assert.equal(await page.getByRole("button", { name: "Try it out" }).count(), 0);
    assert.deepEqual(problems, []);
});
