/// Reads and checks a request's input by its InputFields, whichever way it was sent.
#pragma once

#include "http/message.hpp"
#include "http/operation.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alma::http {

/// Takes a file while the form is still arriving.
class FileSink {
public:
    virtual ~FileSink() = default;
    /// A part with a file name begins. Names and types are the client's own words (file name: UTF-8, at most
    /// 1 KiB). A second file of the same field takes the place of the first.
    virtual awaitable<void> begin(std::string_view field, std::string file_name,
                                  std::string content_type) = 0;
    /// The next bytes of it; read them before suspending on anything else than their use.
    virtual awaitable<void> write(std::string_view bytes) = 0;
};

/// The values that passed. A field that is optional and was not sent has its default.
class Form {
public:
    [[nodiscard]] const std::string& operator[](std::string_view name) const;
    /// The items of a Kind::list; ids in digits.
    [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
    void set(std::string_view name, std::string value);

private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// What was sent as text, by field, whether it passes or not: for a page that shows it again.
using SentTexts = std::map<std::string, std::string, std::less<>>;

/// Reads the whole input: a JSON object (also a body without Content-Type), an urlencoded form or multipart
/// by Content-Type, and query parameters for what the body does not have. The last value of a repeated name
/// counts, as in Starlette; in JSON a repeated name is refused. Unknown names are ignored.
/// An empty value in a form counts as not sent. File fields go to `files` as they arrive; whether a file was
/// sent is the sink's knowledge, not the form's: a required file field that is absent, or sent as text, is
/// still among the errors. JSON and urlencoded bodies hold at most 64 KiB, each text of a multipart form what
/// its field allows.
///
/// @param sent gets what was sent, as far as it was read, also when something is thrown
/// @throws Error{unprocessable} naming every missing or ill-typed field as FastAPI does:
///         {"type":"missing","loc":["body","email"],"msg":"Field required","input":null}
/// @throws Error{malformed|too_large|timed_out} for a body that cannot be read
awaitable<Form> read_form(Request& request, std::span<const InputField> fields, FileSink* files = nullptr,
                          SentTexts* sent = nullptr);

/// The texts of a multipart body that will not be taken: reads no further than its first file, and at most
/// `max_bytes`. What cannot be read is not there.
awaitable<SentTexts> read_texts(Request& request, std::span<const InputField> fields, std::size_t max_bytes);

}  // namespace alma::http
