/// Whatever a prospect calls himself: a mail about him has the recipients it was given and no header more.
#include "../support/parsed_mail.hpp"
#include "mail/mime.hpp"
#include "mail/templates.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace alma;
using namespace alma::mail;

void require(bool holds) {
    if (!holds) std::abort();
}

/// Cuts the field that ends with LF off the front.
std::string take_line(std::string_view& input) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    std::string line(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    // GMime takes C strings; intake refuses NUL.
    std::erase(line, '\0');
    return line;
}

void check(const Mail& mail, std::size_t expected_headers) {
    static const Mailbox firm{.name = "Firm", .address = "office@firm.example"};
    try {
        const WireMessage wire = build_message(mail, firm, Instant{});
        const ParsedMail parsed = parse_mail(wire.bytes);
        require(parsed.to == wire.recipients);
        require(wire.recipients.size() == mail.to.size());
        require(parsed.headers.size() - parsed.headers.count("Reply-To") == expected_headers);
        require(parsed.reply_to.size() <= 1);
    } catch (const MailError&) {  // refused as a whole
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    Prospect prospect;
    prospect.email = take_line(input);
    prospect.first_name = take_line(input);
    prospect.last_name = input;
    std::erase(prospect.last_name, '\0');

    // From, To, Subject, Date, Message-Id, Auto-Submitted, X-Auto-Response-Suppress, MIME-Version,
    // Content-Type.
    constexpr std::size_t headers = 9;
    check(confirmation_to(prospect, "id", ""), headers);
    check(notification_about(prospect, "id", {"ann@law.example", "bob@law.example"}, "https://x.example"),
          headers);
    return 0;
}
