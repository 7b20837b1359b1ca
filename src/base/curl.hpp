/// What every use of libcurl here has in common.
#pragma once

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <csignal>
#include <filesystem>

namespace alma {

/// Keeps SIGPIPE from this thread: OpenSSL writes without MSG_NOSIGNAL, and with CURLOPT_NOSIGNAL libcurl
/// leaves the signal to us.
class SigpipeBlocked {
public:
    SigpipeBlocked();
    ~SigpipeBlocked();
    SigpipeBlocked(const SigpipeBlocked&) = delete;
    SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

private:
    sigset_t sigpipe_{};
    sigset_t before_{};
};

/// An easy handle: one transfer at a time, and the connections it has kept. Used by one thread at a time.
class CurlHandle {
public:
    CurlHandle();
    ~CurlHandle();
    CurlHandle(const CurlHandle&) = delete;
    CurlHandle& operator=(const CurlHandle&) = delete;

    [[nodiscard]] CURL* get() const { return easy_; }

    /// @throws std::runtime_error when libcurl refuses it: a mistake of ours
    template <class Value>
    void set(CURLoption option, Value value) {
        require(curl_easy_setopt(easy_, option, value), option);
    }
    template <class Function>
    void set_callback(CURLoption function_option, Function* function, CURLoption data_option, void* data) {
        set(function_option, function);
        set(data_option, data);
    }

    /// Certificates are always verified, from TLS 1.2 on, against the system's CAs and the one in `ca_file`
    /// (empty: none), which outlives the handle.
    void verify_tls(const std::filesystem::path& ca_file);

private:
    static void require(CURLcode outcome, CURLoption option);
    static CURLcode on_tls(CURL*, void* context, void* ca_file);

    CURL* easy_;
};

/// Makes `context` trust the system's CAs and those in `ca_file` (empty: none). libcurl can only replace the
/// former by the latter. @return false when the file holds no certificates in PEM form
bool trust_cas(SSL_CTX* context, const std::filesystem::path& ca_file);

/// Whether a file has certificates in PEM form.
bool holds_certificates(const std::filesystem::path& file);

}  // namespace alma
