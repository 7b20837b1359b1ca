/// The S3 server of s3_server.py, and the proxy in front of it that can be told to fail.
#pragma once

#include "base/uuid.hpp"
#include "storage/s3/client.hpp"
#include "support/child_process.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace alma {

/// One for all tests of a process: it takes a second to start.
class S3Server {
public:
    static S3Server& shared() {
        static S3Server server;
        return server;
    }

    /// Of a new and empty bucket, through the proxy; with short times.
    storage::S3Config new_bucket() {
        storage::S3Config config = settings();
        config.bucket = "bucket-" + to_text(random_uuid()).substr(0, 13);
        set_faults("{}");
        storage::s3::Client client(config);
        storage::s3::Request request{.method = "PUT"};
        run(client.send(std::move(request)));
        return config;
    }

    /// What the proxy does from now on; see fault_proxy.py.
    void set_faults(const std::string& json) {
        const std::filesystem::path hidden = directory_ / ".faults.json";
        std::ofstream(hidden) << json;
        std::filesystem::rename(hidden, directory_ / "faults.json");
    }

private:
    S3Server() : proxy_port_(boost::json::parse(server_.read_line()).at("proxy_port").as_int64()) {}

    [[nodiscard]] storage::S3Config settings() const {
        storage::S3Config config;
        config.region = "us-east-1";
        config.endpoint = "http://127.0.0.1:" + std::to_string(proxy_port_);
        config.credentials = {
            .access_key_id = "test:tester", .secret_access_key = "testing-secret", .session_token = ""};
        config.retry_base = std::chrono::milliseconds(1);
        config.stall_timeout = std::chrono::seconds(1);
        return config;
    }

    TemporaryDirectory directory_;
    ChildProcess server_{{"/usr/bin/python3", ALMA_SOURCE_DIR "/tests/support/s3_server.py", "--directory",
                          directory_.path().string()}};
    std::int64_t proxy_port_;
};

}  // namespace alma
