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

void write_durably(const std::filesystem::path& directory, const std::string& name, std::string_view bytes) {
    // A name of its own, since the same mail may be sent twice at once.
    const std::filesystem::path hidden = directory / fmt::format(".{}.{}", name, to_text(random_uuid()));
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
    std::filesystem::create_directories(directory_);
}

awaitable<Delivery> EmlMailer::send(Mail mail) {
    WireMessage message = build_message(mail, from_, SystemClock().now(), Hop::file);
    Delivery delivery{.refused = message.unwritable};
    auto job = [directory = directory_, name = file_name_of(mail.message_id), message = std::move(message)] {
        try {
            write_durably(directory, name, message.bytes);
        } catch (const std::system_error& error) {
            throw MailError(fmt::format("{}: {}", (directory / name).string(), error.code().message()),
                            false);
        } catch (const Error&) {
            throw MailError(fmt::format("{}: no room left on the disk", (directory / name).string()), false);
        }
    };
    co_await offload(files_, std::move(job));
    co_return delivery;
}

}  // namespace alma::mail
