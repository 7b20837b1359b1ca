#include "app/terminal.hpp"

#include "base/error.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace alma::app {
namespace {

constexpr std::size_t max_line_bytes = 1024;
constexpr std::array ending_signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

volatile std::sig_atomic_t caught_signal = 0;

/// Terminal without echo, and signals that only interrupt the read: a person who gives up with Ctrl-C must
/// get a terminal back that echoes.
class Silence {
public:
    Silence() {
        ::tcgetattr(STDIN_FILENO, &before_);
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= ECHONL;
        caught_signal = 0;
        struct sigaction catching{};
        catching.sa_handler = [](int number) { caught_signal = number; };  // no SA_RESTART
        for (std::size_t i = 0; i < ending_signals.size(); ++i)
            ::sigaction(ending_signals[i], &catching, &handlers_[i]);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }

    ~Silence() {
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        for (std::size_t i = 0; i < ending_signals.size(); ++i)
            ::sigaction(ending_signals[i], &handlers_[i], nullptr);
        if (caught_signal != 0) ::raise(caught_signal);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    termios before_{};
    std::array<struct sigaction, ending_signals.size()> handlers_{};
};

/// Byte by byte: what follows the line belongs to whoever reads standard input next.
std::string read_line() {
    std::string line;
    while (true) {
        char c = 0;
        const ssize_t got = ::read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR && caught_signal == 0) continue;
        if (got <= 0) {
            if (got == 0 && !line.empty()) return line;
            throw Error(ErrorKind::invalid, "no password was given");
        }
        if (c == '\n') break;
        if (line.size() == max_line_bytes) throw Error(ErrorKind::invalid, "the password is over 1 KiB");
        line += c;
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

std::string ask(const char* prompt) {
    const Silence silence;
    std::fputs(prompt, stderr);
    std::fflush(stderr);
    return read_line();
}

}  // namespace

std::string ask_new_password() {
    if (::isatty(STDIN_FILENO) == 0) return read_line();
    std::string password = ask("Password: ");
    if (ask("Again: ") != password) throw Error(ErrorKind::invalid, "the two passwords differ");
    return password;
}

std::string shell_word(std::string_view text) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,=";
    if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) return std::string(text);
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') {
            quoted += R"('\'')";
        } else {
            quoted += c;
        }
    }
    return quoted + '\'';
}

}  // namespace alma::app
