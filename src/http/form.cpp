#include "http/form.hpp"

#include "http/field_rules.hpp"
#include "http/grammar.hpp"
#include "http/json_object.hpp"
#include "http/multipart.hpp"
#include "http/route.hpp"
#include "http/urlencoded.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <stdexcept>

namespace alma::http {
namespace {

/// Of all but multipart, which the route's limit bounds: a note of 10,000 characters, each of which a client
/// may write as two escapes of six bytes.
constexpr std::size_t max_body = 128 * KiB;

/// The value that counts for each field: of a name that is repeated the last one, as Starlette has it.
class SentValues {
public:
    explicit SentValues(std::span<const InputField> fields) : fields_(fields), values_(fields.size()) {}

    /// Where the value of that field goes, in place of an earlier one; null for a name that is unknown.
    SentValue* add(std::string_view name) {
        const std::optional<std::size_t> i = index_of(name);
        return i ? &values_[*i].emplace() : nullptr;
    }
    /// The same for a value of the query, which takes no place of the body's.
    SentValue* add_from_query(std::string_view name) {
        const std::optional<std::size_t> i = index_of(name);
        if (!i || (values_[*i] && !values_[*i]->is_from_query)) return nullptr;
        SentValue* const value = &values_[*i].emplace();
        value->is_from_query = true;
        return value;
    }
    [[nodiscard]] const InputField* field(std::string_view name) const {
        const std::optional<std::size_t> i = index_of(name);
        return i ? &fields_[*i] : nullptr;
    }
    /// An empty field of a form counts as not sent, as in FastAPI: that is how a browser sends an empty
    /// input.
    void drop_empty() {
        for (std::optional<SentValue>& value : values_) {
            if (value && value->form == SentValue::Form::text && value->text.empty()) value.reset();
        }
    }
    std::optional<SentValue>& operator[](std::size_t i) { return values_[i]; }
    [[nodiscard]] SentTexts texts() const {
        SentTexts texts;
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            if (values_[i] && values_[i]->form == SentValue::Form::text)
                texts.emplace(fields_[i].name, values_[i]->text);
        }
        return texts;
    }

private:
    [[nodiscard]] std::optional<std::size_t> index_of(std::string_view name) const {
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            if (fields_[i].name == name) return i;
        }
        return std::nullopt;
    }

    std::span<const InputField> fields_;
    std::vector<std::optional<SentValue>> values_;
};

void add_urlencoded(SentValues& sent, std::string_view text) {
    for (auto& [name, value] : parse_urlencoded(text)) {
        if (SentValue* known = sent.add(name)) known->text = std::move(value);
    }
    sent.drop_empty();
}

void add_json(SentValues& sent, std::string_view text) {
    if (text.empty()) return;
    for (JsonMember& member : parse_json_object(text)) {
        SentValue* known = sent.add(member.name);
        if (known == nullptr) continue;
        known->text = std::move(member.value);
        known->form = member.is_string ? SentValue::Form::text : SentValue::Form::json;
    }
}

/// A field's value in the query counts where the body has none. Files are not sent that way.
void add_query(SentValues& sent, std::string_view query) {
    for (auto& [name, value] : parse_urlencoded(query)) {
        const InputField* field = sent.field(name);
        if (field == nullptr || field->kind == InputField::Kind::file) continue;
        if (SentValue* known = sent.add_from_query(name)) known->text = std::move(value);
    }
}

/// Takes the parts of a multipart body to where they belong.
class PartReader {
public:
    PartReader(SentValues& sent, FileSink* files) : sent_(sent), files_(files) {}

    awaitable<void> begin(const PartHead& part) {
        text_ = nullptr;
        is_file_taken_ = false;
        const InputField* field = sent_.field(part.name);
        SentValue* value = sent_.add(part.name);
        if (value == nullptr) co_return;
        const bool is_file_field = field->kind == InputField::Kind::file;
        if (!part.file_name) {
            text_ = value;
            max_bytes_ = max_bytes_kept(*field);
            co_return;
        }
        value->form = SentValue::Form::file;
        if (!is_file_field || files_ == nullptr) co_return;
        is_file_taken_ = true;
        co_await files_->begin(field->name, *part.file_name, part.content_type);
    }

    awaitable<void> write(std::string_view bytes) {
        if (is_file_taken_) {
            co_await files_->write(bytes);
        } else if (text_ != nullptr) {
            text_->text.append(bytes, 0, max_bytes_ - std::min(max_bytes_, text_->text.size()));
        }
    }

private:
    SentValues& sent_;
    FileSink* files_;
    SentValue* text_ = nullptr;
    std::size_t max_bytes_ = 0;
    bool is_file_taken_ = false;
};

awaitable<void> add_multipart(SentValues& sent, BodyReader& body, std::string boundary, FileSink* files) {
    using Event = MultipartParser::Event;
    MultipartParser parser(boundary);
    PartReader parts(sent, files);
    while (true) {
        const std::string_view piece = co_await body.next();
        if (piece.empty()) break;
        parser.feed(piece);
        for (Event event = parser.next(); event != Event::need_more; event = parser.next()) {
            if (event == Event::part_begin) co_await parts.begin(parser.part());
            if (event == Event::data) co_await parts.write(parser.data());
        }
    }
    parser.finish();
    sent.drop_empty();
}

/// No more of a body than its beginning.
class BodyBeginning final : public BodyReader {
public:
    BodyBeginning(BodyReader& body, std::size_t bytes) : body_(body), left_(bytes) {}

    awaitable<std::string_view> next() override {
        if (left_ == 0) co_return std::string_view();
        const std::string_view piece = (co_await body_.next()).substr(0, left_);
        left_ -= piece.size();
        co_return piece;
    }

private:
    BodyReader& body_;
    std::size_t left_;
};

/// Ends the reading of a form where a file begins.
class NoFile final : public FileSink {
public:
    awaitable<void> begin(std::string_view, std::string, std::string) override {
        throw Error(ErrorKind::too_large, "Files are not read here");
        co_return;
    }
    awaitable<void> write(std::string_view) override { co_return; }
};

awaitable<void> add_body(SentValues& sent, Request& request, FileSink* files) {
    const std::optional<std::string_view> content_type = request.header("Content-Type");
    const std::optional<MediaType> media_type = content_type ? parse_media_type(*content_type) : std::nullopt;
    const std::string_view type = media_type ? std::string_view(media_type->type) : std::string_view();
    if (type == "multipart/form-data") {
        std::string boundary = boundary_of(*content_type);
        co_await add_multipart(sent, *request.body, std::move(boundary), files);
    } else if (type == "application/x-www-form-urlencoded") {
        const std::string body = co_await read_all(request.body, max_body);
        add_urlencoded(sent, body);
    } else if (!content_type || type == "application/json" ||
               (type.starts_with("application/") && type.ends_with("+json"))) {
        // FastAPI, too, takes a body without a type for JSON.
        const std::string body = co_await read_all(request.body, max_body);
        add_json(sent, body);
    }
}

/// A file went to the sink, so there is no value for the form; a file field that was not sent is missing.
bool is_taken_file(const InputField& field, const std::optional<SentValue>& sent) {
    return field.kind == InputField::Kind::file && sent && sent->form == SentValue::Form::file;
}

Form checked_form(std::span<const InputField> fields, SentValues& sent, std::string_view place) {
    Form form;
    std::vector<FieldError> errors;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const InputField& field = fields[i];
        if (is_taken_file(field, sent[i])) continue;
        if (sent[i]) {
            std::expected<std::string, FieldError> checked = check_field(field, std::move(*sent[i]));
            if (checked) {
                form.set(field.name, std::move(*checked));
            } else {
                errors.push_back(std::move(checked.error()));
            }
        } else if (field.is_required) {
            errors.push_back(missing_field(field, place));
        } else {
            form.set(field.name, std::string(field.default_value));
        }
    }
    if (!errors.empty()) throw Error(std::move(errors));
    return form;
}

}  // namespace

const std::string& Form::operator[](std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) throw std::logic_error("the form has no field " + std::string(name));
    return found->second;
}

std::vector<std::string> Form::list(std::string_view name) const {
    std::vector<std::string> items;
    for (const boost::json::value& item : boost::json::parse((*this)[name]).as_array())
        items.push_back(item.is_string() ? std::string(item.get_string()) : boost::json::serialize(item));
    return items;
}

void Form::set(std::string_view name, std::string value) {
    values_.insert_or_assign(std::string(name), std::move(value));
}

awaitable<Form> read_form(Request& request, std::span<const InputField> fields, FileSink* files,
                          SentTexts* sent) {
    SentValues values(fields);
    std::exception_ptr failure;
    try {
        if (request.body != nullptr) co_await add_body(values, request, files);
        add_query(values, request.query);
    } catch (...) {
        failure = std::current_exception();
    }
    if (sent != nullptr) *sent = values.texts();
    if (failure) std::rethrow_exception(failure);
    const bool has_only_query = request.method == Method::get || request.method == Method::head;
    co_return checked_form(fields, values, has_only_query ? "query" : "body");
}

awaitable<SentTexts> read_texts(Request& request, std::span<const InputField> fields, std::size_t max_bytes) {
    SentValues values(fields);
    NoFile no_file;
    try {
        if (request.body != nullptr) {
            BodyBeginning beginning(*request.body, max_bytes);
            const std::string boundary = boundary_of(request.header("Content-Type").value_or(""));
            co_await add_multipart(values, beginning, boundary, &no_file);
        }
    } catch (const Error&) {
        // The texts that came before are what there is to say.
    }
    co_return values.texts();
}

}  // namespace alma::http
