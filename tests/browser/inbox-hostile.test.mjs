// What prospects send may be hostile. Nothing of it runs, reaches the network or breaks the page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { admin, openBrowser, startService } from "./service.mjs";
import { apiAs, checkNoSidewaysScrolling, openInbox, submit } from "./staff.mjs";

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

const markup = "<img src=x onerror=alert(1)><script>alert(2)</script><svg onload=alert(3)>";
const turned = "\u202Efdp.exe\u202D \u2067אבג\u2069";

test("names, addresses, file names and notes are text, however they are written", async () => {
    const longest = "W".repeat(100);
    const lead = await submit(service, { first_name: `${markup}`.slice(0, 100), last_name: turned + longest.slice(0, 60), email: `${"x".repeat(60)}@${"y".repeat(60)}.example`, file: "resume.txt" });
    const api = await apiAs(service, admin);
    for (const text of [markup, turned, "W".repeat(10_000), "\u0301".repeat(5_000), `\n${"\n".repeat(900)}end`]) await api("POST", `/leads/${lead.uuid}/notes`, { text });

    for (const width of [1440, 390]) {
        const { page, problems } = await openInbox(browser, service, admin, { viewport: { width, height: 800 } });
        page.on("dialog", (dialog) => assert.fail(`a script ran: ${dialog.message()}`));
        await page.locator("[data-row]").first().waitFor();
        await checkNoSidewaysScrolling(page, `the list at ${width}`);
        await page.locator("[data-lead]").first().click();
        await page.locator(".note").nth(4).waitFor();
        await checkNoSidewaysScrolling(page, `the lead at ${width}`);
        assert.equal(await page.locator("main img, main script").count(), 0);
        const height = await page.locator(".lead-name").evaluate((name) => name.getBoundingClientRect().height);
        assert.ok(height < 200, `a name of ${height} px`);
        for (const note of await page.locator(".note-text").all()) assert.ok((await note.boundingBox()).height < 500);
        assert.deepEqual(problems, []);
    }
});

/** A PDF of `pages` pages, with whatever belongs into its catalog. */
function pdf({ pages = 1, catalog = "", content = "BT /F1 24 Tf 72 700 Td (Hello) Tj ET", box = "0 0 612 792" } = {}) {
    const objects = [
        `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`,
        `<< /Type /Pages /Count ${pages} /Kids [${Array.from({ length: pages }, (_, at) => `${5 + at} 0 R`).join(" ")}] >>`,
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
        ...Array.from({ length: pages }, () => `<< /Type /Page /Parent 2 0 R /MediaBox [${box}] /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>`),
    ];
    let text = "%PDF-1.7\n";
    const offsets = objects.map((object, at) => {
        const offset = text.length;
        text += `${at + 1} 0 obj\n${object}\nendobj\n`;
        return offset;
    });
    const start = text.length;
    text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("")}`;
    text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
    return Buffer.from(text, "latin1");
}

async function preview(bytes, file) {
    const lead = await submit(service, { first_name: "Pre", last_name: "View", file, bytes });
    const opened = await openInbox(browser, service, admin, { place: `#/leads/${lead.uuid}` });
    opened.page.on("dialog", (dialog) => assert.fail(`a script ran: ${dialog.message()}`));
    await opened.page.getByRole("button", { name: "Preview" }).click();
    return { ...opened, frame: opened.page.frameLocator(".preview") };
}

test("a PDF is drawn, and its words can be selected", async () => {
    const { page, frame, problems } = await preview(pdf(), "cv.pdf");
    await frame.locator(".page canvas").waitFor();
    await frame.getByText("Hello").waitFor();
    const isInked = await frame.locator(".page canvas").evaluate((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value, at) => at % 4 === 0 && value < 100 && data[at + 3] > 0);
    });
    assert.ok(isInked, "something is drawn");
    await page.getByText("You read the resume").waitFor();
    assert.deepEqual(problems, []);
});

test("the frame has no origin, no cookie and no network", async () => {
    const { page, frame } = await preview(Buffer.from("Analyst."), "cv.txt");
    await frame.getByText("Analyst.").waitFor();
    const inside = page.frames().find((candidate) => candidate.url().endsWith("/inbox/preview"));
    const found = await inside.evaluate(async () => {
        const attempt = async (act) => {
            try {
                return String(await act());
            } catch {
                return "refused";
            }
        };
        return {
            origin: self.origin,
            cookie: await attempt(() => document.cookie),
            storage: await attempt(() => localStorage.length),
            parent: await attempt(() => parent.document.title),
            network: await attempt(async () => (await fetch("/leads/")).status),
        };
    });
    assert.deepEqual(found, { origin: "null", cookie: "refused", storage: "refused", parent: "refused", network: "refused" });
});

test("scripts, links and attachments of a PDF do nothing", async () => {
    const { frame, problems } = await preview(pdf({
        catalog: "/OpenAction << /S /JavaScript /JS (app.alert\\('x'\\); fetch\\('/leads/'\\)) >> /AA << /WC << /S /URI /URI (https://evil.example/) >> >>",
    }), "cv.pdf");
    await frame.locator(".page canvas").waitFor();
    await frame.getByText("Hello").waitFor();
    assert.deepEqual(problems, []);
});

test("of a PDF with very many pages, or a page of a mile, only as much is drawn as can be seen", async () => {
    const many = await preview(pdf({ pages: 400 }), "many.pdf");
    await many.frame.getByText("Hello").first().waitFor();
    assert.equal(await many.frame.locator(".page").count(), 100);
    await many.frame.getByText("The rest is not shown here.").waitFor();
    assert.ok(await many.frame.locator(".page canvas").count() < 10);

    const long = await preview(pdf({ box: "0 0 612 1000000" }), "long.pdf");
    await long.frame.locator(".page canvas").waitFor();
    const { pixels, height } = await long.frame.locator(".page canvas").evaluate((canvas) => ({ pixels: canvas.width * canvas.height, height: canvas.clientHeight }));
    assert.ok(pixels <= 4_000_000 && height < 5_000, `${pixels} pixels, ${height} px high`);
});

test("a damaged PDF says that it cannot be shown", async () => {
    const { page } = await preview(Buffer.from(`%PDF-1.7\n${"garbage ".repeat(100)}\n%%EOF`), "broken.pdf");
    await page.getByText("This file cannot be shown.").waitFor();
    assert.ok(await page.getByRole("link", { name: "Download" }).isVisible());
});

test("HTML and SVG in a text file are shown as text, in the encoding in which they were written", async () => {
    const html = await preview(Buffer.from(`Ten years of contracts.\n${markup}`), "page.txt");
    await html.frame.getByText(markup).waitFor();
    assert.equal(await html.frame.locator("img, svg, script:not([src])").count(), 0);
    assert.deepEqual(html.problems, []);
    const western = await preview(Buffer.from([0x43, 0x61, 0x66, 0xe9, 0x20, 0x80]), "western.txt");
    await western.frame.getByText("Café €").waitFor();
});

test("a text of megabytes is cut, and says so", async () => {
    const { frame } = await preview(Buffer.from("A line of a long story.\n".repeat(100_000)), "long.txt");
    await frame.getByText("The rest is not shown here.").waitFor();
});

test("a file of another type is offered to download", async () => {
    const lead = await submit(service, { first_name: "Rich", last_name: "Text", file: "resume.rtf" });
    const { page } = await openInbox(browser, service, admin, { place: `#/leads/${lead.uuid}` });
    await page.getByText("Files of this type are not shown here.").waitFor();
    assert.equal(await page.getByRole("button", { name: "Preview" }).count(), 0);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download" }).click()]);
    assert.equal(download.suggestedFilename(), "resume.rtf");
});

test("the inbox costs at most 60 KB", async () => {
    const { page } = await openInbox(browser, service, admin);
    const files = await page.evaluate(() => [...document.querySelectorAll("script[src], link[rel=stylesheet]")].map((element) => element.src ?? element.href));
    let bytes = 0;
    for (const file of files) bytes += gzipSync(Buffer.from(await (await fetch(file)).arrayBuffer()), { level: 9 }).length;
    assert.equal(files.length, 2);
    assert.ok(bytes <= 60 * 1024, `${bytes} bytes`);
});
