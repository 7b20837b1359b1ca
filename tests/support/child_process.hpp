/// A program that a test talks to over its standard input and output, line by line.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace alma {

/// Ends with the object: its input is closed, and it is waited for.
class ChildProcess {
public:
    explicit ChildProcess(std::vector<std::string> command) {
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
        if (error != 0) throw std::runtime_error("does not start: " + command.front());
    }
    ~ChildProcess() {
        if (process_ < 0) return;
        ::close(input_);
        ::close(output_);
        ::waitpid(process_, nullptr, 0);
    }
    ChildProcess(ChildProcess&& other) noexcept
        : process_(std::exchange(other.process_, -1)), input_(other.input_), output_(other.output_) {}
    ChildProcess& operator=(ChildProcess&&) = delete;

    void write_line(const std::string& line) const {
        const std::string bytes = line + "\n";
        if (::write(input_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
            throw std::runtime_error("the child process takes nothing");
    }
    /// @throws std::runtime_error when the process has ended
    [[nodiscard]] std::string read_line() const {
        std::string line;
        char c = 0;
        while (::read(output_, &c, 1) == 1) {
            if (c == '\n') return line;
            line += c;
        }
        throw std::runtime_error("the child process ended");
    }

private:
    pid_t process_ = -1;
    int input_ = -1;
    int output_ = -1;
};

}  // namespace alma
