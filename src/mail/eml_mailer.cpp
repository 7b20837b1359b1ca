#include "mail/eml_mailer.hpp"

#include "base/uuid.hpp"
#include "mail/mime.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace alma::mail {
namespace {

constexpr std::size_t max_name_bytes = 200;

class File {
public:
    File(const std::filesystem::path& path, int flags)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
        if (descriptor_ < 0) throw std::system_error(errno, std::generic_category());
    }
    ~File() { ::close(descriptor_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw std::system_error(errno, std::generic_category());
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void sync() const {
        if (::fsync(descriptor_) != 0) throw std::system_error(errno, std::generic_category());
    }

private:
    int descriptor_;
};

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
    try {
        const File file(hidden, O_WRONLY | O_CREAT | O_EXCL);
        file.write(bytes);
        file.sync();
        std::filesystem::rename(hidden, directory / name);
        File(directory, O_RDONLY | O_DIRECTORY).sync();
    } catch (const std::system_error&) {
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
        }
    };
    co_await offload(files_, std::move(job));
    co_return delivery;
}

}  // namespace alma::mail
