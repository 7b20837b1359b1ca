// What makes the form more comfortable. Everything works without it: the server renders each state of the page, and this only saves a
// reload. A form is sent as the browser would send it, the answer is the page that the browser would show, and its form takes the
// place of this one.

const maxResumeBytes = 10 * 1024 * 1024;
const resumeTypes = /\.(pdf|docx?|txt|rtf)$/i;
const roughlyEmail = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
/** The service takes a form that comes sooner for a program's. */
const leastFillMs = 2100;
const begin = performance.now();

type Texts = Record<string, string>;
type FieldName = "first_name" | "last_name" | "email" | "resume";
const fieldNames: FieldName[] = ["first_name", "last_name", "email", "resume"];

class ApplyForm {
    private readonly texts: Texts;
    private isSending = false;

    constructor(private readonly form: HTMLFormElement) {
        this.texts = JSON.parse(form.dataset["texts"] ?? "{}") as Texts;
        // Problems are shown beside their fields instead, all at once and in the language of the page.
        form.noValidate = true;
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            void this.submit();
        });
        // Of the form, and not of the input, which moves on into the form that comes after this one.
        form.addEventListener("change", (event) => {
            if (event.target === this.input("resume")) this.showProblem("resume", this.problemOfResume(false));
        });
        this.takeDrops();
    }

    private text(key: string): string {
        return this.texts[key] ?? "";
    }

    private input(name: FieldName): HTMLInputElement {
        return this.form.elements.namedItem(name) as HTMLInputElement;
    }

    // --- problems ---

    private problemOf(name: FieldName): string {
        if (name === "resume") return this.problemOfResume(true);
        const value = this.input(name).value.trim();
        if (value === "") return this.text(`problem_${name}_missing`);
        if (name === "email" && !roughlyEmail.test(value)) return this.text("problem_email_invalid");
        return "";
    }

    private problemOfResume(isNeeded: boolean): string {
        const file = this.input("resume").files?.[0];
        if (!file) return isNeeded ? this.text("problem_resume_missing") : "";
        if (file.size === 0) return this.text("problem_resume_missing");
        if (file.size > maxResumeBytes) return this.text("problem_resume_large");
        if (!resumeTypes.test(file.name)) return this.text("problem_resume_type");
        return "";
    }

    /** As src/form/form_page.cpp writes it. An empty text takes the problem away. */
    private showProblem(name: FieldName, text: string): void {
        const input = this.input(name);
        const id = `${name}-problem`;
        document.getElementById(id)?.remove();
        const descriptions = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((part) => document.getElementById(part));
        if (text !== "") {
            const problem = element("p", { class: "problem", id });
            problem.append(element("span", { class: "only-heard" }, this.text("problem_prefix")), " ", text);
            const label = this.form.querySelector(`label[for="${name}"]`);
            (document.getElementById(`${name}-hint`) ?? label)?.after(problem);
            descriptions.unshift(id);
            input.setAttribute("aria-invalid", "true");
        } else {
            input.removeAttribute("aria-invalid");
        }
        if (descriptions.length > 0) input.setAttribute("aria-describedby", descriptions.join(" "));
        else input.removeAttribute("aria-describedby");
    }

    /** The list above the form, with the focus on it. Problems of no field are plain text. */
    private showProblems(problems: { name?: FieldName; text: string }[]): void {
        document.getElementById("problems")?.remove();
        if (problems.length === 0) return;
        const list = element("ul", {});
        for (const { name, text } of problems) {
            const item = element("li", {});
            item.append(name ? element("a", { href: `#${name}` }, text) : text);
            list.append(item);
        }
        const box = element("div", { id: "problems", class: "problems", role: "alert", tabindex: "-1" });
        const isAboutFields = problems.some(({ name }) => name);
        box.append(element("h2", {}, this.text(isAboutFields ? "problems_title" : "problems_title_again")), list);
        this.form.prepend(box);
        box.focus();
    }

    // --- sending ---

    private async submit(): Promise<void> {
        if (this.isSending) return;
        const problems = fieldNames.map((name) => ({ name, text: this.problemOf(name) }));
        for (const { name, text } of problems) this.showProblem(name, text);
        const found = problems.filter(({ text }) => text !== "");
        this.showProblems(found);
        if (found.length > 0) return;

        this.isSending = true;
        const end = this.showProgress();
        await new Promise((resolve) => setTimeout(resolve, leastFillMs - (performance.now() - begin)));
        const answer = await this.send();
        this.isSending = false;
        end();
        if (answer === null) this.showProblems([{ text: this.text("problem_connection") }]);
        else this.show(answer);
    }

    /** @return the answer, after redirects; null when there was none */
    private send(): Promise<XMLHttpRequest | null> {
        // Not fetch(): it does not tell how much was sent.
        const request = new XMLHttpRequest();
        return new Promise((resolve) => {
            request.open("POST", this.form.action);
            // Parsed by the browser, and nothing of it runs.
            request.responseType = "document";
            request.upload.onprogress = (event) => event.lengthComputable && this.setProgress(event.loaded / event.total);
            request.onload = () => resolve(request);
            request.onerror = request.onabort = request.ontimeout = () => resolve(null);
            request.send(new FormData(this.form));
        });
    }

    private show(answer: XMLHttpRequest): void {
        if (answer.status < 400) {
            location.assign(answer.responseURL);
            return;
        }
        const page = answer.response as Document | null;
        const form = page?.getElementById("form");
        // A proxy's page, say: nobody knows what became of the form.
        if (!page || !(form instanceof HTMLFormElement)) {
            this.showProblems([{ text: this.text("problem_connection") }]);
            return;
        }
        document.title = page.title;
        const resume = this.input("resume");
        const fresh = document.adoptNode(form);
        this.form.replaceWith(fresh);
        // The chosen file stays chosen, so there is nothing to be asked for again.
        const problem = fresh.querySelector("#resume-problem")?.lastChild?.textContent?.trim() ?? "";
        fresh.querySelector("input[type=file]")?.replaceWith(resume);
        fresh.querySelector("#resume-problem")?.remove();
        fresh.querySelector("#resume-again")?.remove();
        new ApplyForm(fresh).showProblem("resume", problem);
        document.getElementById("problems")?.focus();
    }

    // --- progress ---

    /** @return what takes it away again */
    private showProgress(): () => void {
        const button = this.form.querySelector("button") as HTMLButtonElement;
        const label = button.textContent;
        button.textContent = this.text("sending");
        // Not `disabled`, which would take the focus away.
        button.setAttribute("aria-disabled", "true");
        const box = element("div", { class: "progress", id: "progress" });
        box.append(element("p", { role: "status" }), element("progress", { max: "1", value: "0", "aria-label": this.text("sending") }));
        button.after(box);
        return () => {
            box.remove();
            button.textContent = label;
            button.removeAttribute("aria-disabled");
        };
    }

    private setProgress(part: number): void {
        const bar = document.querySelector("progress");
        const status = document.querySelector("#progress p");
        if (!bar || !status) return;
        bar.value = part;
        // In steps, so that a screen reader is not talking all the time.
        const percent = Math.floor(part * 10) * 10;
        const text = part === 1 ? this.text("progress_done") : this.text("progress").replace("{percent}", String(percent));
        if (status.textContent !== text) status.textContent = text;
    }

    // --- drag and drop ---

    private takeDrops(): void {
        const area = this.form.querySelector<HTMLElement>(".drop");
        if (!area) return;
        area.classList.add("can-drop");
        area.append(element("span", { class: "drop-text" }, this.text("drop")));
        const over = (isOver: boolean) => area.classList.toggle("is-over", isOver);
        area.addEventListener("dragover", (event) => {
            event.preventDefault();
            over(true);
        });
        area.addEventListener("dragleave", (event) => {
            if (!(event.relatedTarget instanceof Node && area.contains(event.relatedTarget))) over(false);
        });
        area.addEventListener("drop", (event) => {
            event.preventDefault();
            over(false);
            const file = event.dataTransfer?.files[0];
            if (!file) return;
            const chosen = new DataTransfer();
            chosen.items.add(file);
            this.input("resume").files = chosen.files;
            this.showProblem("resume", this.problemOfResume(false));
            this.input("resume").focus();
        });
    }
}

function element(name: string, attributes: Record<string, string>, text = ""): HTMLElement {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
}

/** Tells a page that shows this one in a frame how high it is; see docs/operations.md. It tells nothing else, so anyone may hear it. */
function announceHeight(): void {
    const tell = () => parent.postMessage({ almaLeadsFormHeight: document.documentElement.offsetHeight }, "*");
    new ResizeObserver(tell).observe(document.documentElement);
}

const form = document.getElementById("form");
if (form instanceof HTMLFormElement) new ApplyForm(form);
if (parent !== window) announceHeight();
