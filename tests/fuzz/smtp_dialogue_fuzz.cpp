/// Whatever a mail server answers: each recipient is refused at most once, and what is kept of its words is
/// bounded and can be shown.
#include "base/encoding.hpp"
#include "mail/reply_text.hpp"
#include "mail/smtp_dialogue.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace alma;
using namespace alma::mail;

const std::vector<std::string> recipients = {"ann@x.y", "bob@x.y"};

void require(bool holds) {
    if (!holds) std::abort();
}

void check_words(const std::string& text) {
    require(text.size() >= 3 && text.size() <= 1028);
    const std::string shown = scrub(text, {"hunter2"});
    require(shown.size() <= 500 && is_utf8(shown) && !has_control_character(shown));
    require(!shown.contains("hunter2"));
    require(!without_addresses(shown).contains('@'));
}

/// A line that begins with '>' is a command of ours, every other one is the server's.
void replay(std::string_view lines, SmtpDialogue& dialogue) {
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end);
        if (line.front() == '>') {
            dialogue.sent(line.substr(1));
        } else {
            dialogue.received(line);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (const bool needs_smtputf8 : {false, true}) {
        SmtpDialogue dialogue(recipients, needs_smtputf8);
        replay({reinterpret_cast<const char*>(data), size}, dialogue);
        require(dialogue.refused().size() <= recipients.size());
        for (const Delivery::Refusal& refusal : dialogue.refused()) {
            require(std::ranges::count(dialogue.refused(), refusal.recipient,
                                       &Delivery::Refusal::recipient) == 1);
            check_words(refusal.reply);
        }
        if (const auto failure = dialogue.failure()) check_words(failure->text);
    }
    return 0;
}
