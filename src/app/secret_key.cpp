#include "app/secret_key.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <system_error>

namespace alma::app {
namespace {

constexpr std::size_t least_bytes = 32;
constexpr std::size_t most_bytes = 4096;

std::string random_key() {
    std::array<std::uint8_t, least_bytes> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("the system gives no random bytes");
    return to_hex(bytes);
}

/// Under another name first: a process that dies half way leaves no short key behind.
void write_durably(const std::filesystem::path& directory, const std::string& key) {
    const std::filesystem::path draft = directory / "secret.key.new";
    ::unlink(draft.c_str());
    const FileDescriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open()) fail_with_errno("create a file");
    write_all(file.get(), key + '\n', 0);
    sync_to_disk(file.get());
    std::filesystem::rename(draft, directory / "secret.key");
    sync_to_disk(open_directory(directory).get());
}

void make_key(const std::filesystem::path& directory) {
    try {
        write_durably(directory, random_key());
    } catch (const std::system_error& failure) {
        throw Error(ErrorKind::invalid,
                    fmt::format("DATA_DIR: secret.key cannot be written: {}", failure.code().message()));
    }
}

void warn_when_others_may_read(const std::filesystem::path& file) {
    struct stat info{};
    if (::stat(file.c_str(), &info) != 0 || (info.st_mode & 077) == 0) return;
    log::warning(
        "others than its owner may use secret.key, and whoever reads it can log in as anybody: chmod 600",
        {{"file", file.string()}});
}

std::string read_key(const std::filesystem::path& file) {
    warn_when_others_may_read(file);
    std::ifstream in(file, std::ios::binary);
    std::string key(most_bytes, '\0');
    in.read(key.data(), static_cast<std::streamsize>(key.size()));
    key.resize(static_cast<std::size_t>(in.gcount()));
    while (key.ends_with('\n') || key.ends_with('\r'))
        key.pop_back();
    if (key.size() < least_bytes)
        throw Error(ErrorKind::invalid,
                    fmt::format("{} cannot be read or has fewer than {} bytes; remove it and a new one is "
                                "made (logging in anew is all that a new key costs)",
                                file.string(), least_bytes));
    return key;
}

}  // namespace

std::string load_or_make_secret_key(const std::filesystem::path& directory) {
    const std::filesystem::path file = directory / "secret.key";
    if (!std::filesystem::exists(std::filesystem::symlink_status(file))) make_key(directory);
    return read_key(file);
}

std::string derive_key(std::string_view secret_key, std::string_view purpose) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (HMAC(EVP_sha256(), secret_key.data(), static_cast<int>(secret_key.size()),
             reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(), digest.data(),
             &length) == nullptr)
        throw std::runtime_error("HMAC-SHA256 failed");
    return to_hex(std::span(digest).first(length));
}

}  // namespace alma::app
