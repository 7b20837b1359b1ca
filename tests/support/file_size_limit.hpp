/// What a full disk is to a process, without filling one: no file may grow past a size.
#pragma once

#include <sys/resource.h>

#include <csignal>
#include <cstdint>

namespace alma {

class FileSizeLimit {
public:
    explicit FileSizeLimit(std::uintmax_t bytes) : previous_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &previous_);
        rlimit limited = previous_;
        limited.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limited);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &previous_);
        std::signal(SIGXFSZ, previous_handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    void (*previous_handler_)(int);
    rlimit previous_{};
};

}  // namespace alma
