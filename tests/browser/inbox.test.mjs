// The inbox as attorneys and admins walk through it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { admin, openBrowser, startService } from "./service.mjs";
import { addColleagues, apiAs, attorney, colleague, goTo, openInbox, startMailServer, submit } from "./staff.mjs";

let mail;
let service;
let browser;
let asAdmin;

before(async () => {
    mail = await startMailServer();
    service = await startService(mail.settings);
    browser = await openBrowser();
    asAdmin = await addColleagues(service);
});

after(async () => {
    await browser?.close();
    await service?.stop();
    await mail?.stop();
});

const row = (page, name) => page.locator("[data-row]").filter({ hasText: name });
const toast = (page) => page.locator(".toast");

test("an attorney logs in, finds a lead, reads it, marks it and takes that back", async () => {
    await submit(service, { first_name: "Grace", last_name: "Hopper", email: "grace@navy.example" });
    await submit(service, { first_name: "José", last_name: "Álvarez", email: "jose@mail.example" });
    const { page, problems } = await browser.open(`${service.url}/`);
    assert.equal(new URL(page.url()).pathname, "/inbox/");

    await page.getByLabel("E-mail").fill(attorney.email);
    await page.getByLabel("Password").fill("wrong password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("E-mail or password is not right.").waitFor();
    await page.getByLabel("Password").fill(attorney.password);
    await page.keyboard.press("Enter");
    await row(page, "Grace Hopper").waitFor();
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0, "no token where a script could read it");
    assert.equal(await page.evaluate(() => document.cookie), "");

    await page.getByRole("searchbox").pressSequentially("lvarez");
    await row(page, "Grace Hopper").waitFor({ state: "detached" });
    await row(page, "José Álvarez").waitFor();
    assert.match(page.url(), /#\/leads\?q=lvarez$/);
    assert.ok(await page.getByRole("searchbox").evaluate((box) => box === document.activeElement), "typing goes on");

    await row(page, "José Álvarez").getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: "José Álvarez" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "jose@mail.example" }).getAttribute("href"), "mailto:jose%40mail.example");
    await page.getByText("The prospect submitted the form").waitFor();

    await page.getByRole("button", { name: "Mark as reached out" }).click();
    await toast(page).getByText("Reached out").waitFor();
    await page.getByText("You changed the status from Pending to Reached out").waitFor();
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Mark as reached out" }).waitFor();
    await page.getByText("You changed the status from Reached out to Pending").waitFor();

    await page.getByRole("link", { name: "Back to the inbox" }).click();
    await row(page, "José Álvarez").waitFor();
    assert.match(page.url(), /q=lvarez/, "the search is still there");
    await page.getByRole("button", { name: "Clear filters" }).click();
    await row(page, "Grace Hopper").waitFor();

    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    assert.deepEqual(problems.filter((problem) => !problem.includes("401")), []);
});

test("an attorney claims a lead, writes a note and deletes it", async () => {
    const lead = await submit(service, { first_name: "Ida", last_name: "Rhodes" });
    const { page, problems } = await openInbox(browser, service, attorney, { place: `#/leads/${lead.uuid}` });
    await page.getByRole("button", { name: "Claim" }).click();
    await toast(page).getByText("The lead is yours.").waitFor();
    await page.getByRole("button", { name: "Assigned to Me" }).click();
    await page.getByRole("menuitemradio", { name: colleague.email }).click();
    await page.getByText(`You assigned it to ${colleague.email}`).waitFor();

    await page.getByLabel("Write a note").fill("Called, left a message.");
    await page.getByRole("button", { name: "Add note" }).click();
    const note = page.locator(".note").filter({ hasText: "Called, left a message." });
    await note.waitFor();
    await note.getByRole("button", { name: "Delete note" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete note" }).click();
    await note.waitFor({ state: "detached" });
    await page.getByText("You deleted a note").waitFor();
    assert.deepEqual(problems, []);
});

test("what was begun and not added is still there after walking through leads", async () => {
    const lead = await submit(service, { first_name: "Betty", last_name: "Holberton" });
    await submit(service, { first_name: "Later", last_name: "One" });
    const { page } = await openInbox(browser, service, attorney);
    await row(page, "Betty Holberton").getByRole("link").click();
    await page.getByLabel("Write a note").fill("Half a th");
    await page.getByRole("button", { name: "Previous lead" }).click();
    await page.getByRole("heading", { level: 1, name: "Later One" }).waitFor();
    await page.getByRole("button", { name: "Next lead" }).click();
    await page.getByRole("heading", { level: 1, name: "Betty Holberton" }).waitFor();
    assert.equal(await page.getByLabel("Write a note").inputValue(), "Half a th");
    assert.match(page.url(), new RegExp(lead.uuid));
});

test("many leads are marked, assigned and taken back at once", async () => {
    for (const first_name of ["Una", "Duo", "Tria"]) await submit(service, { first_name, last_name: "Bulk", email: "bulk@mail.example" });
    const { page, problems } = await openInbox(browser, service, attorney, { place: "#/leads?q=bulk" });
    for (const name of ["Una Bulk", "Tria Bulk"]) await row(page, name).getByRole("checkbox").check();
    const bar = page.getByRole("region", { name: "Selected leads" });
    await bar.getByText("2 selected").waitFor();
    await bar.getByRole("button", { name: "Mark as reached out" }).click();
    await row(page, "Una Bulk").getByText("Reached out").waitFor();
    assert.equal(await page.locator("[data-row]").getByText("Reached out").count(), 2);
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await toast(page).getByText("Undone.").waitFor();
    assert.equal(await page.locator("[data-row]").getByText("Pending").count(), 3);

    await row(page, "Duo Bulk").getByRole("checkbox").check();
    await bar.getByRole("button", { name: "Assign" }).click();
    await bar.getByRole("menuitemradio", { name: colleague.email }).click();
    await row(page, "Duo Bulk").getByTitle(colleague.email).waitFor();
    assert.deepEqual(problems, []);
});

test("of two who change a lead at once, the later one learns what the first did", async () => {
    const lead = await submit(service, { first_name: "Jean", last_name: "Bartik" });
    const ada = await openInbox(browser, service, attorney, { place: `#/leads/${lead.uuid}` });
    const action = ada.page.getByRole("button", { name: "Mark as reached out" });
    await action.waitFor();
    // Ada's page is not told, as when her network was away for a moment.
    await ada.page.route("**/leads/*/details", (route) => new Promise((resolve) => { setTimeout(() => resolve(route.continue()), 1500); }));
    const asMiguel = await apiAs(service, colleague);
    await asMiguel("PUT", `/leads/${lead.uuid}/status`, { status: "REACHED_OUT" });
    await action.click();
    await ada.page.getByText("Somebody was faster").waitFor();
    await ada.page.locator(".notice").getByText(`${colleague.email} changed the status from Pending to Reached out`).waitFor();
    await ada.page.getByRole("button", { name: "Back to pending" }).waitFor();
});

test("of two who claim a lead, one gets it and the other is told who", async () => {
    const lead = await submit(service, { first_name: "Kay", last_name: "McNulty" });
    const { page } = await openInbox(browser, service, attorney, { place: `#/leads/${lead.uuid}` });
    await page.getByRole("button", { name: "Claim" }).waitFor();
    await page.route("**/leads/*/details", (route) => new Promise((resolve) => { setTimeout(() => resolve(route.continue()), 1500); }));
    const asMiguel = await apiAs(service, colleague);
    await asMiguel("POST", `/leads/${lead.uuid}/claim`);
    await page.getByRole("button", { name: "Claim" }).click();
    await page.locator(".notice").getByText(`${colleague.email} claimed it`).waitFor();
});

test("a lead that arrives is announced, and another browser's change is seen", async () => {
    const lead = await submit(service, { first_name: "Early", last_name: "Bird", email: "early@mail.example" });
    const { page, problems } = await openInbox(browser, service, attorney, { place: "#/leads?q=mail.example" });
    await row(page, "Early Bird").waitFor();
    await page.waitForTimeout(300);  // the stream of events is opened beside the list
    await submit(service, { first_name: "Late", last_name: "Riser", email: "late@mail.example" });
    const pill = page.getByRole("button", { name: "1 new lead" });
    await pill.waitFor();
    assert.equal(await row(page, "Late Riser").count(), 0, "the list does not jump");
    await pill.click();
    await row(page, "Late Riser").waitFor();

    await asAdmin("PUT", `/leads/${lead.uuid}/status`, { status: "REACHED_OUT" });
    await row(page, "Early Bird").getByText("Reached out").waitFor();
    await asAdmin("DELETE", `/leads/${lead.uuid}`);
    await row(page, "Early Bird").waitFor({ state: "detached" });
    assert.deepEqual(problems, []);
});

test("a session that ended elsewhere leads to the login, and back to where one was", async () => {
    const lead = await submit(service, { first_name: "Joan", last_name: "Clarke" });
    const { page } = await openInbox(browser, service, attorney, { place: `#/leads/${lead.uuid}` });
    await page.getByRole("button", { name: "Mark as reached out" }).waitFor();
    await page.context().clearCookies();
    await page.getByRole("button", { name: "Mark as reached out" }).click();
    await page.getByText("Your session has ended.").waitFor();
    await page.getByLabel("E-mail").fill(attorney.email);
    await page.getByLabel("Password").fill(attorney.password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Joan Clarke" }).waitFor();
});

test("an admin erases a lead only after typing its name", async () => {
    const lead = await submit(service, { first_name: "Erase", last_name: "Me" });
    const { page, problems } = await openInbox(browser, service, admin, { place: `#/leads/${lead.uuid}` });
    await page.getByRole("button", { name: "Erase this lead" }).click();
    const dialog = page.getByRole("dialog");
    const confirm = dialog.getByRole("button", { name: "Erase for ever" });
    await dialog.getByLabel("Name").fill("Erase Mi");
    assert.ok(await confirm.isDisabled());
    await dialog.getByLabel("Name").fill("erase me");
    await confirm.click();
    await toast(page).getByText("The lead was erased.").waitFor();
    await goTo(page, `#/leads/${lead.uuid}`);
    await page.getByText("There is no such lead").waitFor();
    assert.deepEqual(problems.filter((problem) => !problem.includes("404")), []);
});

test("an admin adds a colleague, changes the role and locks the account", async () => {
    const { page, problems } = await openInbox(browser, service, admin, { place: "#/users" });
    await page.getByRole("button", { name: "Add a user" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("E-mail").fill("new.one@law.example");
    await dialog.getByText("Set a password now").click();
    await dialog.getByLabel("Password", { exact: true }).fill("a password that is long");
    await dialog.getByRole("button", { name: "Add user" }).click();
    const user = page.locator(".table-row").filter({ hasText: "new.one@law.example" });
    await user.getByRole("button", { name: "Role of" }).click();
    await user.getByRole("menuitemradio", { name: "Admin" }).click();
    await toast(page).getByText("new.one@law.example was changed.").waitFor();
    await user.getByRole("button", { name: "Deactivate" }).click();
    await user.getByText("deactivated").waitFor();
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await user.getByRole("button", { name: "Deactivate" }).waitFor();
    assert.deepEqual(problems, []);
});

test("a colleague who is invited sets a password by the link, and logs in", async () => {
    const { page, problems } = await openInbox(browser, service, admin, { place: "#/users" });
    await page.getByRole("button", { name: "Add a user" }).click();
    await page.getByRole("dialog").getByLabel("E-mail").fill("invited@law.example");
    await page.getByRole("dialog").getByRole("button", { name: "Send invitation" }).click();
    await toast(page).getByText("invited@law.example was invited.").waitFor();
    await page.locator(".table-row").filter({ hasText: "invited@law.example" }).getByText("invited", { exact: true }).waitFor();

    // In the browser of the admin, who is still logged in there.
    const link = await mail.linkTo("invited@law.example");
    await goTo(page, new URL(link).hash);
    await page.getByLabel("New password").fill("short");
    await page.getByRole("button", { name: "Set password" }).click();
    await page.getByRole("alert").getByText("at least").waitFor();
    await page.getByLabel("New password").fill("a song about the sea");
    await page.getByRole("button", { name: "Set password" }).click();
    await page.getByText("Your password is set.").waitFor();
    await page.getByLabel("E-mail").fill("invited@law.example");
    await page.getByLabel("Password").fill("a song about the sea");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    await page.locator(".side-who").getByText("invited@law.example").waitFor();
    assert.deepEqual(problems, []);
});

test("a forgotten password is set anew by a link, which works once", async () => {
    const { page } = await browser.open(`${service.url}/inbox/`);
    await page.getByRole("link", { name: "Forgotten your password?" }).click();
    await page.getByLabel("E-mail").fill(colleague.email);
    await page.getByRole("button", { name: "Send the link" }).click();
    await page.getByText("a mail with a link is on its way").waitFor();
    const link = await mail.linkTo(colleague.email);
    for (const expected of ["Your password is set.", "This link is invalid or has expired"]) {
        await goTo(page, new URL(link).hash);
        await page.getByLabel("New password").fill(colleague.password);
        await page.getByRole("button", { name: "Set password" }).click();
        await page.getByText(expected).waitFor();
    }
});

test("an admin sees why a mail failed, and sends it again", async () => {
    mail.refuses = true;
    await submit(service, { first_name: "Mail", last_name: "Failed" });
    const { page, problems } = await openInbox(browser, service, admin, { place: "#/mails" });
    const failed = page.locator(".table-row").filter({ hasText: "Mail Failed" });
    for (let round = 0; round < 40 && await failed.count() === 0; ++round) {
        await page.waitForTimeout(250);
        await page.reload();
        await page.locator(".table-row, .empty").first().waitFor();
    }
    await failed.getByText("No such user here").waitFor();
    mail.refuses = false;
    await failed.getByRole("button", { name: "Send again" }).click();
    await toast(page).getByText("1 mail was sent.").waitFor();
    await failed.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Waiting" }).click();
    await page.getByText("No mail is waiting").waitFor();
    await goTo(page, "#/audit");
    await page.getByText("The prospect submitted the form").first().waitFor();
    assert.deepEqual(problems, []);
});

test("an attorney changes the password, and finds no page of admins", async () => {
    const api = await apiAs(service, admin);
    await api("POST", "/users/", { email: "changing@law.example", password: "the first password", role: "ATTORNEY" });
    const { page, problems } = await openInbox(browser, service, { email: "changing@law.example", password: "the first password" }, { place: "#/account" });
    await page.getByLabel("Current password").fill("not this one");
    await page.getByLabel("New password").fill("the second password");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Current password is incorrect").waitFor();
    await page.getByLabel("Current password").fill("the first password");
    await page.getByLabel("New password").fill("the second password");
    await page.getByRole("button", { name: "Change password" }).click();
    await toast(page).getByText("Your password was changed.").waitFor();
    assert.equal(await page.getByRole("link", { name: "Users" }).count(), 0);
    await goTo(page, "#/users");
    await page.getByText("There is no such page").first().waitFor();
    await page.getByRole("link", { name: "To the inbox" }).click();
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    assert.deepEqual(problems.filter((problem) => !problem.includes("400")), []);
});

test("a list of many pages stays small: what is far from the screen is let go", async () => {
    const names = Array.from({ length: 260 }, (_, index) => ({ first_name: `Nr${index}`, last_name: "Paged", email: "paged@mail.example" }));
    for (let at = 0; at < names.length; at += 20) await Promise.all(names.slice(at, at + 20).map((name) => submit(service, name)));
    const { page, problems } = await openInbox(browser, service, attorney, { place: "#/leads?q=paged" });
    const seen = new Set();
    for (let round = 0; round < 60 && seen.size < names.length; ++round) {
        for (const name of await page.locator("[data-lead]").allTextContents()) seen.add(name);
        await page.mouse.wheel(0, 1500);
        await page.waitForTimeout(80);
    }
    assert.equal(seen.size, names.length, "every lead comes by once");
    assert.ok(await page.locator("[data-row]").count() <= 250);
    assert.deepEqual(problems, []);
});

test("the service that is away says so, and lets one try again", async () => {
    const { page } = await openInbox(browser, service, attorney);
    await page.locator("[data-row]").first().waitFor();
    await page.route("**/leads/?*", (route) => route.abort());
    await page.getByRole("searchbox").fill("anything");
    await page.getByRole("alert").getByText("cannot be reached").waitFor();
    await page.unroute("**/leads/?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("No lead matches").waitFor();
    await page.locator(".empty").getByRole("button", { name: "Clear filters" }).click();
    await page.locator("[data-row]").first().waitFor();
});
