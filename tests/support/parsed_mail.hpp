/// A mail read back, as a mail program reads it.
#pragma once

#include "mail/gmime.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace alma::mail {

struct ParsedMail {
    std::multimap<std::string, std::string> headers;  ///< of the message itself, decoded
    std::vector<std::string> to;                      ///< bare addresses of To, Cc and Bcc
    std::vector<std::string> reply_to;
    std::string reply_to_name;
    std::string from_name;
    std::string text;  ///< lines end with LF
    std::string html;

    /// The value of the header that stands exactly once. @throws std::out_of_range otherwise
    [[nodiscard]] const std::string& header(const std::string& name) const;
};

namespace detail {

inline std::vector<std::string> addresses_of(InternetAddressList* list) {
    std::vector<std::string> addresses;
    for (int i = 0; i < internet_address_list_length(list); ++i) {
        InternetAddress* const address = internet_address_list_get_address(list, i);
        if (!INTERNET_ADDRESS_IS_MAILBOX(address)) throw std::runtime_error("an address is a group");
        // GMime shows an xn-- domain in Unicode; here counts what a relay sees.
        addresses.emplace_back(internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(address)));
    }
    return addresses;
}

inline std::string first_name_of(InternetAddressList* list) {
    if (internet_address_list_length(list) == 0) return {};
    const char* const name = internet_address_get_name(internet_address_list_get_address(list, 0));
    return name ? name : "";
}

inline std::string text_of(GMimeMultipart* parts, int index, const char* subtype) {
    GMimeObject* const part = g_mime_multipart_get_part(parts, index);
    if (!part || !GMIME_IS_TEXT_PART(part) ||
        !g_mime_content_type_is_type(g_mime_object_get_content_type(part), "text", subtype))
        throw std::runtime_error("a part is missing or has another type");
    const GText text(g_mime_text_part_get_text(GMIME_TEXT_PART(part)));
    std::string lines = text.get();
    std::erase(lines, '\r');
    return lines;
}

}  // namespace detail

inline const std::string& ParsedMail::header(const std::string& name) const {
    if (headers.count(name) != 1) throw std::out_of_range(name);
    return headers.find(name)->second;
}

/// @throws std::runtime_error when the bytes are no message of a text and an HTML part
inline ParsedMail parse_mail(std::string_view bytes) {
    initialize_gmime();
    const Ref<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    const Ref<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    const Ref<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
    if (!message) throw std::runtime_error("no message");

    using namespace detail;
    ParsedMail parsed;
    GMimeHeaderList* const headers = g_mime_object_get_header_list(GMIME_OBJECT(message.get()));
    for (int i = 0; i < g_mime_header_list_get_count(headers); ++i) {
        GMimeHeader* const header = g_mime_header_list_get_header_at(headers, i);
        parsed.headers.emplace(g_mime_header_get_name(header), g_mime_header_get_value(header));
    }
    const Ref<InternetAddressList> all(g_mime_message_get_all_recipients(message.get()));
    if (all) parsed.to = addresses_of(all.get());
    parsed.reply_to = addresses_of(g_mime_message_get_reply_to(message.get()));
    parsed.reply_to_name = first_name_of(g_mime_message_get_reply_to(message.get()));
    parsed.from_name = first_name_of(g_mime_message_get_from(message.get()));

    GMimeObject* const body = g_mime_message_get_mime_part(message.get());
    if (!body || !GMIME_IS_MULTIPART(body)) throw std::runtime_error("no multipart");
    parsed.headers.emplace("Content-Type", g_mime_object_get_header(body, "Content-Type"));
    parsed.text = text_of(GMIME_MULTIPART(body), 0, "plain");
    parsed.html = text_of(GMIME_MULTIPART(body), 1, "html");
    return parsed;
}

}  // namespace alma::mail
