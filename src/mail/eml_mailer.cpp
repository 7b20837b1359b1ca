#include "mail/eml_mailer.hpp"

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/uuid.hpp"
#include "mail/mime.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace alma::mail {
namespace {

constexpr std::size_t max_name_bytes = 200;

/// Whatever a message id holds, its file name is a plain one.
std::string file_name_of(std::string_view message_id) {
    std::string name(message_id.substr(0, max_name_bytes));
    std::ranges::replace_if(
        name,
        [](char c) {
            return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '_');
        },
        '_');
    return name + ".eml";
}

/// One of its own each time, since the same mail may be sent twice at once.
std::string unfinished_name(std::string_view name) {
    return fmt::format(".{}.{}", name, to_text(random_uuid()));
}

bool is_unfinished_name(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return name.starts_with('.') && name.substr(0, dot).ends_with(".eml") && parse_uuid(name.substr(dot + 1));
}

/// What a killed process was writing: its mails are still in the outbox.
void remove_unfinished(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> unfinished;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (is_unfinished_name(entry.path().filename().string())) unfinished.push_back(entry.path());
    }
    for (const std::filesystem::path& file : unfinished) {
        std::error_code ignored;  // it is in nobody's way
        std::filesystem::remove(file, ignored);
    }
}

/// Makes the directory, also again: whoever tidies up removes what looks like a heap of old files.
void write_durably(const std::filesystem::path& directory, const std::string& name, std::string_view bytes) {
    make_durable_directory(directory);
    const std::filesystem::path hidden = directory / unfinished_name(name);
    const FileDescriptor file(::open(hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open()) fail_with_errno("create a mail");
    try {
        write_all(file.get(), bytes, 0);
        sync_to_disk(file.get());
        std::filesystem::rename(hidden, directory / name);
        sync_to_disk(open_directory(directory).get());
    } catch (...) {
        ::unlink(hidden.c_str());
        throw;
    }
}

}  // namespace

EmlMailer::EmlMailer(std::filesystem::path directory, std::string from, WorkerPool& files)
    : directory_(std::move(directory)), from_(parse_sender(from)), files_(files) {
    make_durable_directory(directory_);
    remove_unfinished(directory_);
}

awaitable<Delivery> EmlMailer::send(Mail mail) {
    WireMessage message = build_message(mail, from_, SystemClock().now(), Hop::file);
    Delivery delivery{.refused = message.unwritable};
    auto job = [directory = directory_, name = file_name_of(mail.message_id), message = std::move(message)] {
        try {
            write_durably(directory, name, message.bytes);
        } catch (const std::system_error& error) {
            // Without the path: admins read this in the list of failed mails.
            throw MailError(fmt::format("the file of the mail cannot be written: {}", error.code().message()),
                            false);
        } catch (const Error&) {
            throw MailError("the file of the mail cannot be written: no room left on the disk", false);
        }
    };
    co_await offload(files_, std::move(job));
    co_return delivery;
}

}  // namespace alma::mail
