#include "base/curl.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <pthread.h>

#include <ctime>
#include <memory>
#include <new>
#include <stdexcept>

namespace alma {

SigpipeBlocked::SigpipeBlocked() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
}

SigpipeBlocked::~SigpipeBlocked() {
    if (sigismember(&before_, SIGPIPE) == 1) return;
    const timespec at_once{};
    sigtimedwait(&sigpipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool trust_cas(SSL_CTX* context, const std::filesystem::path& ca_file) {
    const bool is_done =
        SSL_CTX_set_default_verify_paths(context) == 1 &&
        (ca_file.empty() || X509_STORE_load_file(SSL_CTX_get_cert_store(context), ca_file.c_str()) == 1);
    ERR_clear_error();  // what is left there would be taken for an error of the connection
    return is_done;
}

bool holds_certificates(const std::filesystem::path& file) {
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), &X509_STORE_free);
    const bool are_there = X509_STORE_load_file(store.get(), file.c_str()) == 1;
    ERR_clear_error();
    return are_there;
}

CurlHandle::CurlHandle() {
    static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
    easy_ = initialized == CURLE_OK ? curl_easy_init() : nullptr;
    if (!easy_) throw std::bad_alloc();
}

CurlHandle::~CurlHandle() {
    const SigpipeBlocked no_signal;
    curl_easy_cleanup(easy_);
}

void CurlHandle::require(CURLcode outcome, CURLoption option) {
    if (outcome != CURLE_OK)
        throw std::runtime_error(fmt::format("libcurl refuses option {}", static_cast<int>(option)));
}

void CurlHandle::verify_tls(const std::filesystem::path& ca_file) {
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    // on_tls brings all CAs; a store that libcurl shared between connections would grow with each.
    set(CURLOPT_CAINFO, static_cast<char*>(nullptr));
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    set(CURLOPT_CA_CACHE_TIMEOUT, 0L);
    set_callback(CURLOPT_SSL_CTX_FUNCTION, &on_tls, CURLOPT_SSL_CTX_DATA,
                 const_cast<std::filesystem::path*>(&ca_file));  // libcurl's type; on_tls only reads
}

CURLcode CurlHandle::on_tls(CURL*, void* context, void* ca_file) {
    return trust_cas(static_cast<SSL_CTX*>(context), *static_cast<const std::filesystem::path*>(ca_file))
               ? CURLE_OK
               : CURLE_SSL_CACERT_BADFILE;
}

}  // namespace alma
