/// The scriptable SMTP server of smtp_server.py, as a process of its own for the time of a test.
#pragma once

#include "support/temporary_directory.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace alma {

class SmtpServer {
public:
    /// @param arguments of smtp_server.py: {"--tls", "starttls"}
    explicit SmtpServer(std::vector<std::string> arguments = {}) {
        std::vector<std::string> command = {"/usr/bin/python3",
                                            ALMA_SOURCE_DIR "/tests/support/smtp_server.py", "--directory",
                                            directory_.path().string()};
        command.insert(command.end(), arguments.begin(), arguments.end());
        start(command);
        const boost::json::value ready = boost::json::parse(read_line());
        port_ = static_cast<std::uint16_t>(ready.at("port").as_int64());
        if (ready.at("ca_file").is_string()) ca_file_ = std::string(ready.at("ca_file").as_string());
    }
    ~SmtpServer() {
        if (process_ > 0) {
            ::kill(process_, SIGTERM);
            ::waitpid(process_, nullptr, 0);
        }
        ::close(input_);
        ::close(output_);
    }
    SmtpServer(const SmtpServer&) = delete;
    SmtpServer& operator=(const SmtpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::filesystem::path& ca_file() const { return ca_file_; }

    /// What it does from now on, see smtp_server.py.
    void set_mode(const std::string& mode, double delay = 0) const {
        const std::filesystem::path hidden = directory_.path() / ".control.json";
        std::ofstream(hidden) << boost::json::serialize(boost::json::value{{"mode", mode}, {"delay", delay}});
        std::filesystem::rename(hidden, directory_.path() / "control.json");
    }

    struct Message {
        std::string bytes;
        boost::json::object envelope;
        [[nodiscard]] std::vector<std::string> recipients() const {
            return boost::json::value_to<std::vector<std::string>>(envelope.at("recipients"));
        }
    };
    /// What it took over so far, in that order.
    [[nodiscard]] std::vector<Message> messages() const {
        std::vector<Message> messages;
        while (true) {
            char name[16];
            std::snprintf(name, sizeof name, "%06zu", messages.size() + 1);
            const std::filesystem::path path = directory_.path() / name;
            if (!std::filesystem::exists(path.string() + ".json")) return messages;
            messages.push_back(
                {.bytes = content(path.string() + ".eml"),
                 .envelope = boost::json::parse(content(path.string() + ".json")).as_object()});
        }
    }

private:
    static std::string content(const std::string& path) {
        std::ostringstream text;
        text << std::ifstream(path, std::ios::binary).rdbuf();
        return text.str();
    }

    void start(std::vector<std::string>& command) {
        std::array<int, 2> in{};
        std::array<int, 2> out{};
        if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0)
            throw std::runtime_error("no pipe");
        std::vector<char*> argv;
        for (std::string& argument : command)
            argv.push_back(argument.data());
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        const int error = ::posix_spawn(&process_, argv.front(), &actions, nullptr, argv.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        ::close(in[0]);
        ::close(out[1]);
        input_ = in[1];
        output_ = out[0];
        if (error != 0) throw std::runtime_error("the SMTP server does not start");
    }

    [[nodiscard]] std::string read_line() const {
        std::string line;
        char c = 0;
        while (::read(output_, &c, 1) == 1 && c != '\n')
            line += c;
        if (line.empty()) throw std::runtime_error("the SMTP server ended: is python3-aiosmtpd installed?");
        return line;
    }

    TemporaryDirectory directory_;
    pid_t process_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::uint16_t port_ = 0;
    std::filesystem::path ca_file_;
};

}  // namespace alma
