#include "mail/mime.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "mail/address.hpp"
#include "mail/gmime.hpp"

#include <optional>

namespace alma::mail {
namespace {

constexpr const char* charset = "utf-8";
constexpr std::size_t max_line_bytes = 998;  // RFC 5322 section 2.1.1

std::string domain_of(std::string_view address) {
    return std::string(address.substr(address.rfind('@') + 1));
}

void add_mailbox(GMimeMessage* message, GMimeAddressType kind, const std::string& name,
                 const std::string& address) {
    const std::string valid_name = to_valid_utf8(name);
    const Ref<InternetAddress> mailbox(
        internet_address_mailbox_new(valid_name.empty() ? nullptr : valid_name.c_str(), address.c_str()));
    internet_address_set_charset(mailbox.get(), charset);
    internet_address_list_add(g_mime_message_get_addresses(message, kind), mailbox.get());
}

void add_text_part(GMimeMultipart* parts, const char* subtype, const std::string& text) {
    const Ref<GMimePart> part(g_mime_part_new_with_type("text", subtype));
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", charset);
    g_mime_part_set_content_encoding(part.get(), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    // Line ends are GMime's business: a CR of our own would come out as a bare one.
    std::string lines = to_valid_utf8(text);
    std::erase(lines, '\r');
    const Ref<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(lines.data(), lines.size()));
    const Ref<GMimeDataWrapper> content(
        g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
    g_mime_part_set_content(part.get(), content.get());
    g_mime_multipart_add(parts, GMIME_OBJECT(part.get()));
}

void set_header(GMimeMessage* message, const char* name, const char* value) {
    g_mime_object_set_header(GMIME_OBJECT(message), name, value, charset);
}

void set_date(GMimeMessage* message, Instant date) {
    const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(date).time_since_epoch().count();
    GDateTime* const utc = g_date_time_new_from_unix_utc(seconds);
    g_mime_message_set_date(message, utc);
    g_date_time_unref(utc);
}

std::string to_bytes(GMimeMessage* message) {
    GMimeFormatOptions* const options = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
    const GText text(g_mime_object_to_string(GMIME_OBJECT(message), options));
    g_mime_format_options_free(options);
    return text.get();
}

/// The last gate before the wire (libcurl 7.88 sends a bare LF as it is, and a receiver may take what follows
/// for a message of its own: SMTP smuggling).
bool is_safe_on_the_wire(std::string_view bytes) {
    std::size_t line = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (c == '\0') return false;
        if (c == '\r' && (i + 1 == bytes.size() || bytes[i + 1] != '\n')) return false;
        if (c == '\n' && (i == 0 || bytes[i - 1] != '\r')) return false;
        line = c == '\n' ? 0 : line + 1;
        if (line > max_line_bytes + 1) return false;  // the CR counts in `line`, not in the limit
    }
    return true;
}

/// Adds the recipients to envelope and header alike, so that the two cannot differ.
void add_recipients(const Mail& mail, GMimeMessage* message, WireMessage& wire) {
    for (const std::string& recipient : mail.to) {
        const std::optional<WireAddress> address = to_wire(recipient);
        if (!address) {
            wire.unwritable.push_back({.recipient = recipient,
                                       .reply = "The address cannot be written in a mail (RFC 5321)",
                                       .is_permanent = true});
            continue;
        }
        wire.needs_smtputf8 |= !address->is_ascii;
        add_mailbox(message, GMIME_ADDRESS_TYPE_TO, "", address->text);
        wire.recipients.push_back(address->text);
        wire.names.push_back(recipient);
    }
    if (!wire.recipients.empty()) return;
    throw MailError(wire.unwritable.empty() ? "The mail has no recipients" : wire.unwritable.front().reply,
                    true);
}

}  // namespace

Mailbox parse_sender(std::string_view text) {
    initialize_gmime();
    const std::string copy(text);
    const auto refuse = [&] {
        throw Error(ErrorKind::invalid,
                    "\"" + copy + "\" is no sender: expected firm@example.com or Firm <firm@example.com>");
    };
    if (!is_utf8(copy) || has_control_character(copy)) refuse();
    Mailbox sender;
    if (!copy.contains('<')) {
        sender.address = copy;
    } else {
        const Ref<InternetAddressList> list(internet_address_list_parse(nullptr, copy.c_str()));
        if (!list || internet_address_list_length(list.get()) != 1) refuse();
        InternetAddress* const only = internet_address_list_get_address(list.get(), 0);
        if (!INTERNET_ADDRESS_IS_MAILBOX(only)) refuse();
        if (const char* name = internet_address_get_name(only)) sender.name = name;
        sender.address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(only));
    }
    const std::optional<WireAddress> address = to_wire(sender.address);
    if (!address || !address->is_ascii) refuse();
    sender.address = address->text;
    return sender;
}

WireMessage build_message(const Mail& mail, const Mailbox& from, Instant date, Hop hop) {
    initialize_gmime();
    WireMessage wire{.sender = from.address, .recipients = {}, .names = {}, .unwritable = {}, .bytes = {}};
    const Ref<GMimeMessage> message(g_mime_message_new(TRUE));
    add_mailbox(message.get(), GMIME_ADDRESS_TYPE_FROM, from.name, from.address);
    add_recipients(mail, message.get(), wire);
    if (mail.reply_to) {
        const std::optional<WireAddress> address = to_wire(mail.reply_to->address);
        if (address && (address->is_ascii || wire.needs_smtputf8 || hop == Hop::file))
            add_mailbox(message.get(), GMIME_ADDRESS_TYPE_REPLY_TO, mail.reply_to->name, address->text);
    }
    g_mime_message_set_subject(message.get(), to_valid_utf8(mail.subject).c_str(), charset);
    set_date(message.get(), date);
    g_mime_message_set_message_id(message.get(), (mail.message_id + '@' + domain_of(from.address)).c_str());
    // RFC 3834 section 5, and its like for Exchange: no out-of-office answers to us.
    set_header(message.get(), "Auto-Submitted", "auto-generated");
    set_header(message.get(), "X-Auto-Response-Suppress", "All");

    const Ref<GMimeMultipart> parts(g_mime_multipart_new_with_subtype("alternative"));
    add_text_part(parts.get(), "plain", mail.text);
    add_text_part(parts.get(), "html", mail.html);
    g_mime_message_set_mime_part(message.get(), GMIME_OBJECT(parts.get()));

    wire.bytes = to_bytes(message.get());
    if (!is_safe_on_the_wire(wire.bytes)) throw MailError("The mail cannot be encoded safely", true);
    return wire;
}

}  // namespace alma::mail
