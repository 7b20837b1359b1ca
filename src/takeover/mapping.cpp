#include "takeover/mapping.hpp"

#include "auth/phc.hpp"
#include "base/email_address.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "leads/file_name.hpp"
#include "leads/resume_type.hpp"
#include "storage/s3/s3_location.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace alma::takeover {
namespace {

using Changes = std::vector<std::string>;

constexpr std::size_t longest_user_email = 254;  // bytes, as is_email_address has it
constexpr std::size_t longest_file_name = 255;   // bytes, as is_simple_file_name has it
constexpr std::size_t longest_extension = 16;
constexpr const char* no_password = "!";  // what no password verifies against

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

/// Takes one character off the front of well-formed UTF-8.
std::string_view take_character(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::string_view character = text.substr(0, lead < 0x80   ? 1
                                                      : lead < 0xe0 ? 2
                                                      : lead < 0xf0 ? 3
                                                                    : 4);
    text.remove_prefix(character.size());
    return character;
}

/// `replace` gets each character, and returns what stands for it.
template <class Replace>
std::string each_character(std::string_view text, Replace replace) {
    std::string result;
    while (!text.empty())
        result += replace(take_character(text));
    return result;
}

std::string first_characters(std::string_view text, std::size_t count) {
    std::string_view rest = text;
    while (count-- > 0 && !rest.empty())
        take_character(rest);
    return std::string(text.substr(0, text.size() - rest.size()));
}

/// One line of well-formed UTF-8, of at most `longest` characters. Whatever it was is no reason to lose a
/// lead.
std::string line_of(const OriginalText& original, std::string_view column, Changes& changes,
                    std::size_t longest = longest_text) {
    if (!original) return {};
    const std::string valid = to_valid_utf8(*original);
    std::string text = each_character(valid, [](std::string_view character) {
        return has_control_character(character) ? std::string_view(" ") : character;
    });
    if (text != *original)
        changes.push_back(fmt::format("{} held control characters, or bytes that are no UTF-8", column));
    if (utf8_length(text) <= longest) return text;
    changes.push_back(fmt::format("{} was cut after {} characters", column, longest));
    return first_characters(text, longest);
}

/// For a text in a message: short, and harmless to a terminal.
std::string shown(const OriginalText& text) {
    Changes ignored;
    return text ? fmt::format("\"{}\"", line_of(text, "", ignored, 200)) : "empty";
}

struct Times {
    Instant created_at;
    Instant updated_at;
};

Times times_of(const OriginalText& created, const OriginalText& updated, Instant now, Changes& changes) {
    const std::optional<Instant> created_at = created ? parse_instant(*created) : std::nullopt;
    const std::optional<Instant> updated_at = updated ? parse_instant(*updated) : std::nullopt;
    Times times{.created_at = created_at ? *created_at : updated_at.value_or(now), .updated_at = {}};
    times.updated_at = updated_at.value_or(times.created_at);
    if (!created_at)
        changes.push_back(fmt::format("created_at is {}: {} is taken, {}", shown(created),
                                      to_text(times.created_at),
                                      updated_at ? "which is updated_at" : "the time of the import"));
    if (updated && !updated_at)
        changes.push_back(fmt::format("updated_at is {}: created_at is taken", shown(updated)));
    return times;
}

/// Labels vary: TRUE, FALSE, true, false.
std::optional<bool> flag_of(const OriginalText& text) {
    const std::string folded = ascii_lower(text.value_or(""));
    if (folded == "true") return true;
    if (folded == "false") return false;
    return std::nullopt;
}

leads::LeadStatus lead_status_of(const OriginalText& text, Changes& changes) {
    if (const auto status = parse_enum<leads::LeadStatus>(upper(text.value_or("")))) return *status;
    changes.push_back(fmt::format("status is {}, which is none: PENDING is taken", shown(text)));
    return leads::LeadStatus::pending;
}

/// What can be part of a file name under any system.
std::string_view simple(std::string_view character) {
    const bool is_forbidden =
        character.size() == 1 && std::string_view(R"(/\<>:"|?*)").contains(character[0]);
    return is_forbidden || has_control_character(character) ? "_" : character;
}

std::string without_blanks_around(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" .");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" .") - begin + 1));
}

std::expected<storage::S3Location, std::string> location_of(const OriginalText& resume_path,
                                                            const Relocation& relocation) {
    std::optional<storage::S3Location> location = storage::split_s3_url(resume_path.value_or(""));
    if (!location)
        return std::unexpected(fmt::format(
            "resume_path is {} instead of https://BUCKET.s3.REGION.amazonaws.com/KEY. Put the right URL "
            "into the original's row (of a lead that has no resume, any URL of this form), then import again",
            shown(resume_path)));
    if (relocation.bucket) location->bucket = *relocation.bucket;
    if (relocation.region) location->region = *relocation.region;
    if (storage::is_valid(*location)) return std::move(*location);
    return std::unexpected(fmt::format(
        "resume_path is {}: its bucket, region or key can be none. Import with --bucket or --region, or "
        "put the right URL into the original's row and import again",
        shown(resume_path)));
}

/// The array as it is written down again, or nothing when it is none.
std::optional<std::string> addresses_in(const OriginalText& text) {
    if (!text) return std::nullopt;
    boost::json::error_code error;
    const boost::json::value value =
        boost::json::parse(boost::json::string_view(text->data(), text->size()), error);
    if (error || !value.is_array()) return std::nullopt;
    std::vector<std::string> addresses;
    Changes ignored;
    for (const boost::json::value& entry : value.get_array()) {
        if (!entry.is_string()) return std::nullopt;
        addresses.push_back(line_of(std::string(entry.get_string()), "", ignored));
    }
    return to_json(addresses);
}

}  // namespace

std::string resume_name(std::string_view first_name, std::string_view last_name, std::string_view key) {
    std::string extension(leads::extension_of(key));
    const bool is_plain =
        !extension.empty() && extension.size() <= longest_extension &&
        std::ranges::all_of(extension, [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        });
    extension = is_plain ? "." + extension : "";

    const std::string names = to_valid_utf8(fmt::format("{} {}", first_name, last_name));
    std::string name;
    for (std::string_view rest = names; !rest.empty();) {
        const std::string_view character = simple(take_character(rest));
        if (name.size() + character.size() + extension.size() > longest_file_name) break;
        if (character != "." || !name.ends_with('.')) name += character;
    }
    name = without_blanks_around(name);
    return (name.empty() ? "resume" : name) + extension;
}

Mapping<User> map_user(const OriginalUser& original, Instant now) {
    Changes changes;
    User user;
    user.email = original.email.value_or("");
    if (user.email.empty() || user.email.size() > longest_user_email || !is_utf8(user.email) ||
        has_control_character(user.email))
        return std::unexpected(fmt::format(
            "email is {}, which nobody can log in with. Correct it in the original's row and import again, "
            "or create the account anew (alma-leads user create)",
            shown(original.email)));
    user.email_folded = fold_email(user.email);
    if (!is_email_address(user.email))
        changes.push_back(fmt::format(
            "{} is no e-mail address by the rules of this service: the account can log in, but no mail "
            "reaches it",
            shown(user.email)));

    const auto role = parse_enum<http::Role>(upper(original.role.value_or("")));
    if (!role)
        return std::unexpected(
            fmt::format("role of {} is {}, which is neither ATTORNEY nor ADMIN. Correct it in the "
                        "original's row, then import again",
                        shown(user.email), shown(original.role)));
    user.role = *role;

    const std::optional<bool> is_active = flag_of(original.is_active);
    if (!is_active)
        changes.push_back(
            fmt::format("is_active of {} is {}: it is taken as locked; alma-leads user activate unlocks it",
                        shown(user.email), shown(original.is_active)));
    user.is_active = is_active.value_or(false);

    user.hashed_password = original.hashed_password.value_or("");
    if (!auth::parse_phc(user.hashed_password)) {
        user.hashed_password = no_password;
        changes.push_back(
            fmt::format("the password of {} is kept in a form that is not Argon2's: give it a new one "
                        "(alma-leads user set-password)",
                        shown(user.email)));
    }
    const Times times = times_of(original.created_at, original.updated_at, now, changes);
    user.created_at = times.created_at;
    user.updated_at = times.updated_at;
    return Mapped<User>{.row = std::move(user), .changes = std::move(changes)};
}

Mapping<LeadWithResume> map_lead(const OriginalLead& original, Instant now, const Relocation& relocation) {
    const std::optional<Uuid> uuid = parse_uuid(original.uuid.value_or(""));
    if (!uuid) return std::unexpected(fmt::format("uuid is {}, which is none", shown(original.uuid)));
    auto location = location_of(original.resume_path, relocation);
    if (!location) return std::unexpected(std::move(location.error()));

    Changes changes;
    LeadWithResume taken;
    taken.lead.uuid = *uuid;
    taken.lead.first_name = line_of(original.first_name, "first_name", changes);
    taken.lead.last_name = line_of(original.last_name, "last_name", changes);
    // Kept whatever its form: a person may read it, and mails judge for themselves.
    taken.lead.email = line_of(original.email, "email", changes);
    taken.lead.status = lead_status_of(original.status, changes);
    const Times times = times_of(original.created_at, original.updated_at, now, changes);
    taken.lead.created_at = times.created_at;
    taken.lead.updated_at = times.updated_at;

    const auto type = leads::resume_type_of(location->key);
    taken.resume = {.path = storage::to_url(*location),
                    .name = resume_name(taken.lead.first_name, taken.lead.last_name, location->key),
                    // By the extension: what the bucket says came from the client.
                    .type = type ? std::string(leads::media_type_of(*type)) : "application/octet-stream"};
    return Mapped<LeadWithResume>{.row = std::move(taken), .changes = std::move(changes)};
}

Mapping<FailedEmail> map_failed_email(const OriginalFailedEmail& original, Instant now) {
    const std::optional<Uuid> lead = parse_uuid(original.lead_uuid.value_or(""));
    if (!lead) return std::unexpected("it names no lead");

    Changes changes;
    FailedEmail taken;
    taken.original_id = original.id;
    taken.lead = *lead;
    taken.lead_name = line_of(original.lead_name, "lead_name", changes);
    taken.lead_email = line_of(original.lead_email, "lead_email", changes);
    const std::optional<std::string> addresses = addresses_in(original.attorney_emails);
    // A resend goes to those who are attorneys then, so nobody misses the mail.
    if (!addresses)
        changes.push_back(
            fmt::format("attorney_emails is {}, which is no JSON array of texts: none are taken",
                        shown(original.attorney_emails)));
    taken.attorney_emails = addresses.value_or("[]");
    // Often a traceback of many lines: that it becomes one is not worth a word.
    Changes ignored;
    taken.error_message = line_of(original.error_message, "", ignored, longest_error_message);
    const auto status = parse_enum<mail::FailedEmailStatus>(upper(original.status.value_or("")));
    if (!status)
        changes.push_back(
            fmt::format("status is {}, which is none: FAILED is taken", shown(original.status)));
    // PENDING is a resend under way, and none is.
    taken.status = status == mail::FailedEmailStatus::sent ? mail::FailedEmailStatus::sent
                                                           : mail::FailedEmailStatus::failed;
    const Times times = times_of(original.created_at, original.updated_at, now, changes);
    taken.created_at = times.created_at;
    taken.updated_at = times.updated_at;
    return Mapped<FailedEmail>{.row = std::move(taken), .changes = std::move(changes)};
}

}  // namespace alma::takeover
