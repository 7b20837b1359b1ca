#include "form/form_page.hpp"

#include "base/json.hpp"
#include "form/html_writer.hpp"

namespace alma::form {
namespace {

/// One input, its label, and what is said about it.
struct Field {
    std::string_view name;
    std::string_view autocomplete;
    std::string_view hint_key;  ///< empty: none
};

// The e-mail is no type="email": browsers then refuse addresses beyond ASCII, or change them silently.
constexpr Field first_name{.name = "first_name", .autocomplete = "given-name", .hint_key = ""};
constexpr Field last_name{.name = "last_name", .autocomplete = "family-name", .hint_key = ""};
constexpr Field email{.name = "email", .autocomplete = "email", .hint_key = "email_hint"};
constexpr Field resume{.name = "resume", .autocomplete = "", .hint_key = "resume_hint"};
constexpr std::string_view resume_types = ".pdf,.doc,.docx,.txt,.rtf";

/// What the script says, too; see web/apply/apply.ts.
constexpr std::array script_texts = {
    "problem_prefix",
    "problems_title",
    "problems_title_again",
    "problem_first_name_missing",
    "problem_last_name_missing",
    "problem_email_missing",
    "problem_email_invalid",
    "problem_resume_missing",
    "problem_resume_large",
    "problem_resume_type",
    "problem_connection",
    "sending",
    "progress",
    "progress_done",
    "drop",
};

std::string firm_of(const PageContext& context) {
    return context.firm_name.empty() ? context.language.text("firm_unnamed") : std::string(context.firm_name);
}

const Problem* problem_with(const FormState& state, std::string_view field) {
    const auto found = std::ranges::find(state.problems, field, &Problem::field);
    return found == state.problems.end() ? nullptr : &*found;
}

std::string text_of(const PageContext& context, const Problem& problem) {
    return context.language.text(problem.text_key, {{"seconds", std::to_string(problem.seconds)}});
}

void open_page(HtmlWriter& html, const PageContext& context, std::string_view title) {
    const Language& language = context.language;
    html.open("html", {{"lang", language.tag}, {"dir", language.is_right_to_left ? "rtl" : "ltr"}});
    html.open("head");
    html.single("meta", {{"charset", "utf-8"}});
    html.element("title", title);
    html.single("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
    html.single("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
    html.single("link", {{"rel", "icon"}, {"href", context.assets + std::string(context.icon)}});
    html.single("link", {{"rel", "stylesheet"}, {"href", context.assets + std::string(context.style)}});
    html.open("script", {{"type", "module"}, {"src", context.assets + std::string(context.script)}}).close();
    html.close();
    html.open("body", {{"class", when(context.is_embedded, "embedded")}});
}

void write_languages(HtmlWriter& html, const PageContext& context) {
    html.open("nav", {{"class", "languages"}, {"aria-label", context.language.text("languages")}});
    for (const Language& language : languages()) {
        if (!language.is_offered) continue;
        const bool is_current = language.tag == context.language.tag;
        html.element("a",
                     {{"href", context.path + "?lang=" + language.tag},
                      {"lang", language.tag},
                      {"hreflang", language.tag},
                      {"aria-current", when(is_current, "true")}},
                     language.text("language_name"));
    }
    html.close();
}

void write_header(HtmlWriter& html, const PageContext& context) {
    html.open("header", {{"class", "top"}});
    if (!context.firm_name.empty())
        html.element("p", {{"class", "firm"}, {"dir", "auto"}}, context.firm_name);
    write_languages(html, context);
    html.close();
}

/// First on the page, and focused: whoever sees or hears it again begins with what is wrong.
void write_problems(HtmlWriter& html, const PageContext& context, const FormState& state) {
    if (state.problems.empty()) return;
    html.open("div", {{"id", "problems"},
                      {"class", "problems"},
                      {"role", "alert"},
                      {"tabindex", "-1"},
                      {"autofocus", ""}});
    // What is wrong with no field is nothing to be checked.
    const bool is_about_fields = !state.problems.front().field.empty();
    html.element("h2", context.language.text(is_about_fields ? "problems_title" : "problems_title_again"));
    html.open("ul");
    for (const Problem& problem : state.problems) {
        const std::string text = text_of(context, problem);
        html.open("li");
        if (problem.field.empty()) {
            html.text(text);
        } else {
            html.element("a", {{"href", "#" + problem.field}}, text);
        }
        html.close();
    }
    html.close();
    html.close();
}

void write_field_head(HtmlWriter& html, const PageContext& context, const FormState& state,
                      const Field& field) {
    const Language& language = context.language;
    const std::string name(field.name);
    html.element("label", {{"for", name}}, language.text(field.name));
    if (!field.hint_key.empty())
        html.element("p", {{"class", "hint"}, {"id", name + "-hint"}}, language.text(field.hint_key));
    const Problem* problem = problem_with(state, field.name);
    if (problem == nullptr) return;
    html.open("p", {{"class", "problem"}, {"id", name + "-problem"}});
    html.element("span", {{"class", "only-heard"}}, language.text("problem_prefix")).text(" ");
    html.text(text_of(context, *problem)).close();
}

/// The ids of what is said about a field: its problem first.
std::optional<std::string> description_of(const FormState& state, const Field& field) {
    std::string ids;
    if (problem_with(state, field.name) != nullptr) ids = std::string(field.name) + "-problem";
    if (!field.hint_key.empty()) {
        if (!ids.empty()) ids += ' ';
        ids += std::string(field.name) + "-hint";
    }
    if (field.name == resume.name && !state.problems.empty()) ids += " resume-again";
    return ids.empty() ? std::nullopt : std::optional(ids);
}

void write_text_field(HtmlWriter& html, const PageContext& context, const FormState& state,
                      const Field& field) {
    const auto typed = state.texts.find(field.name);
    const bool is_email = field.autocomplete == "email";
    html.open("div", {{"class", "field"}});
    write_field_head(html, context, state, field);
    html.single("input", {{"id", field.name},
                          {"name", field.name},
                          {"type", "text"},
                          {"value", typed == state.texts.end() ? "" : typed->second},
                          {"required", ""},
                          {"dir", "auto"},
                          {"autocomplete", field.autocomplete},
                          {"inputmode", when(is_email, "email")},
                          {"autocapitalize", when(is_email, "none")},
                          {"spellcheck", "false"},
                          {"aria-invalid", when(problem_with(state, field.name) != nullptr, "true")},
                          {"aria-describedby", description_of(state, field)}});
    html.close();
}

void write_resume_field(HtmlWriter& html, const PageContext& context, const FormState& state) {
    html.open("div", {{"class", "field"}});
    write_field_head(html, context, state, resume);
    if (!state.problems.empty())
        html.element("p", {{"class", "again"}, {"id", "resume-again"}},
                     context.language.text("resume_again"));
    html.open("div", {{"class", "drop"}});
    html.single("input", {{"id", resume.name},
                          {"name", resume.name},
                          {"type", "file"},
                          {"required", ""},
                          {"accept", resume_types},
                          {"aria-invalid", when(problem_with(state, resume.name) != nullptr, "true")},
                          {"aria-describedby", description_of(state, resume)}});
    html.close();
    html.close();
}

/// For programs that fill in whatever there is. Out of sight, of the tab order and of what is read out.
void write_trap(HtmlWriter& html, const PageContext& context) {
    html.open("div", {{"class", "only-heard"}, {"aria-hidden", "true"}});
    html.element("label", {{"for", trap_field}}, context.language.text("trap"));
    html.single("input", {{"id", trap_field},
                          {"name", trap_field},
                          {"type", "text"},
                          {"tabindex", "-1"},
                          {"autocomplete", "off"}});
    html.close();
}

std::string texts_of_script(const Language& language) {
    std::string json = "{";
    for (const char* key : script_texts) {
        if (json.size() > 1) json += ',';
        write_json(json, key);
        json += ':';
        write_json(json, language.text(key));
    }
    return json + '}';
}

void write_form(HtmlWriter& html, const PageContext& context, const FormState& state) {
    const Language& language = context.language;
    html.open("form", {{"id", "form"},
                       {"method", "post"},
                       {"action", context.path + "?lang=" + language.tag},
                       {"enctype", "multipart/form-data"},
                       {"data-texts", texts_of_script(language)}});
    write_problems(html, context, state);
    // Before the file: what follows a file that is too large is not read.
    html.single("input", {{"type", "hidden"}, {"name", token_field}, {"value", state.token}});
    write_trap(html, context);
    write_text_field(html, context, state, first_name);
    write_text_field(html, context, state, last_name);
    write_text_field(html, context, state, email);
    write_resume_field(html, context, state);
    html.element("p", {{"class", "notice"}}, language.text("notice"));
    html.element("button", {{"type", "submit"}}, language.text("send"));
    html.close();
}

}  // namespace

std::string form_page(const PageContext& context, const FormState& state) {
    const Language& language = context.language;
    const std::string title = language.text("title", {{"firm", firm_of(context)}});
    HtmlWriter html;
    open_page(html, context,
              state.problems.empty() ? title : language.text("title_with_problems", {{"title", title}}));
    write_header(html, context);
    html.open("main");
    html.element("h1", {{"dir", "auto"}}, title);
    html.element("p", {{"class", "intro"}}, language.text("intro"));
    write_form(html, context, state);
    html.close();
    html.close();
    html.close();
    return html.finish();
}

std::string thank_you_page(const PageContext& context, std::string_view reference) {
    const Language& language = context.language;
    const std::string firm = firm_of(context);
    HtmlWriter html;
    open_page(html, context, language.text("thanks_title", {{"firm", firm}}));
    write_header(html, context);
    html.open("main", {{"class", "thanks"}});
    html.element("h1", language.text("thanks"));
    html.element("p", {{"class", "intro"}}, language.text("thanks_received", {{"firm", firm}}));
    if (!reference.empty()) {
        html.open("div", {{"class", "reference"}});
        html.element("p", {{"class", "reference-label"}}, language.text("reference"));
        html.element("p", {{"class", "reference-number"}, {"dir", "ltr"}}, reference);
        html.element("p", {{"class", "hint"}}, language.text("reference_hint"));
        html.close();
    }
    html.element("h2", language.text("next"));
    html.open("ol");
    for (const char* step : {"next_mail", "next_review", "next_contact"})
        html.element("li", language.text(step, {{"firm", firm}}));
    html.close();
    html.element("p", {{"class", "notice"}}, language.text("notice"));
    html.open("p")
        .element("a", {{"href", context.path + "?lang=" + language.tag}}, language.text("another"))
        .close();
    html.close();
    html.close();
    html.close();
    return html.finish();
}

}  // namespace alma::form
