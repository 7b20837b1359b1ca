#include "form/html_writer.hpp"

#include "base/encoding.hpp"
#include "base/html.hpp"

#include <stdexcept>

namespace alma::form {

void HtmlWriter::write_tag(std::string_view tag, std::initializer_list<Attribute> attributes) {
    out_.append("<").append(tag);
    for (const Attribute& attribute : attributes) {
        if (!attribute.value) continue;
        out_.append(" ").append(attribute.name).append("=\"");
        out_.append(escape_html(to_valid_utf8(*attribute.value))).append("\"");
    }
    out_ += '>';
}

HtmlWriter& HtmlWriter::open(std::string_view tag, std::initializer_list<Attribute> attributes) {
    write_tag(tag, attributes);
    open_.emplace_back(tag);
    return *this;
}

HtmlWriter& HtmlWriter::text(std::string_view text) {
    out_ += escape_html(to_valid_utf8(text));
    return *this;
}

HtmlWriter& HtmlWriter::close() {
    if (open_.empty()) throw std::logic_error("no element is open");
    out_.append("</").append(open_.back()).append(">\n");
    open_.pop_back();
    return *this;
}

HtmlWriter& HtmlWriter::single(std::string_view tag, std::initializer_list<Attribute> attributes) {
    write_tag(tag, attributes);
    out_ += '\n';
    return *this;
}

HtmlWriter& HtmlWriter::element(std::string_view tag, std::initializer_list<Attribute> attributes,
                                std::string_view content) {
    return open(tag, attributes).text(content).close();
}

std::string HtmlWriter::finish() {
    if (!open_.empty()) throw std::logic_error("the element " + open_.back() + " is open");
    return std::move(out_);
}

}  // namespace alma::form
