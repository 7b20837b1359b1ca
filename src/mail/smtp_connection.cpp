#include "mail/smtp_connection.hpp"

#include "base/curl.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "mail/gmime.hpp"
#include "mail/reply_text.hpp"
#include "mail/smtp_dialogue.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <vector>

namespace alma::mail {
namespace {

constexpr std::chrono::milliseconds connect_timeout{10'000};

std::string base64(std::string_view bytes) {
    return GText(g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size())).get();
}

/// smtp://server:port/name-for-EHLO
std::string url_of(const SmtpConfig& config) {
    const std::string sender = parse_sender(config.from).address;
    const std::string ehlo_name = "/" + percent_encode(sender.substr(sender.rfind('@') + 1));
    const bool is_bare_ipv6 = config.server.contains(':') && !config.server.starts_with('[');
    const std::string host = is_bare_ipv6 ? "[" + config.server + "]" : config.server;
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
    char* text = nullptr;
    const bool is_url =
        curl_url_set(url.get(), CURLUPART_SCHEME, config.ssl_tls ? "smtps" : "smtp", 0) == CURLUE_OK &&
        curl_url_set(url.get(), CURLUPART_HOST, host.c_str(), 0) == CURLUE_OK &&
        curl_url_set(url.get(), CURLUPART_PORT, std::to_string(config.port).c_str(), 0) == CURLUE_OK &&
        curl_url_set(url.get(), CURLUPART_PATH, ehlo_name.c_str(), 0) == CURLUE_OK &&
        curl_url_get(url.get(), CURLUPART_URL, &text, 0) == CURLUE_OK;
    const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
    if (!is_url || host.empty()) throw Error(ErrorKind::invalid, "\"" + config.server + "\" is no host name");
    return text;
}

}  // namespace

std::vector<std::string> secrets_of(const SmtpConfig& config) {
    if (config.password.empty()) return {};
    const std::string plain = '\0' + config.username + '\0' + config.password;  // AUTH PLAIN, RFC 4616
    return {config.password, base64(plain), base64(config.password)};
}

void check_smtp_config(const SmtpConfig& config) {
    url_of(config);
    if (!config.ca_file.empty() && !holds_certificates(config.ca_file))
        throw Error(ErrorKind::invalid,
                    "\"" + config.ca_file.string() + "\" is no file of certificates in PEM form");
}

struct SmtpConnection::Curl {
    const SmtpConfig& config;
    const std::atomic<bool>& is_stopping;
    const std::vector<std::string> secrets;
    char error[CURL_ERROR_SIZE] = {};
    SmtpDialogue* dialogue = nullptr;
    std::string_view to_send;
    std::vector<curl_socket_t> sockets;
    std::exception_ptr broken;  // what a callback threw: must not pass through C
    bool is_healthy = true;     // the last mail went through
    CurlHandle easy;            // ends first: it calls back, and uses all of the above

    Curl(const SmtpConfig& smtp_config, const std::atomic<bool>& stopping)
        : config(smtp_config), is_stopping(stopping), secrets(secrets_of(smtp_config)) {
        configure();
    }
    ~Curl() {
        // When the handle ends, libcurl says QUIT, and waits two minutes for the answer of a server that has
        // fallen silent. With the receiving side closed it does not wait; a connection that failed needs no
        // QUIT.
        for (const curl_socket_t socket : sockets)
            ::shutdown(socket, is_healthy ? SHUT_RD : SHUT_RDWR);
    }
    Curl(const Curl&) = delete;
    Curl& operator=(const Curl&) = delete;

    template <class Value>
    void set(CURLoption option, Value value) {
        easy.set(option, value);
    }
    template <class Function>
    void set_callback(CURLoption function_option, Function* function, CURLoption data_option) {
        easy.set_callback(function_option, function, data_option, static_cast<void*>(this));
    }

    void configure();
    void configure_tls();
    CURLcode perform(SmtpDialogue& talk);
    /// @return what `work` does, or `otherwise` when it throws; then the transfer is broken off
    template <class Result, class Work>
    Result guarded(Result otherwise, Work work) noexcept {
        try {
            return work();
        } catch (...) {
            broken = std::current_exception();
            return otherwise;
        }
    }
    [[noreturn]] void fail(CURLcode outcome, const SmtpDialogue& said) const;

    static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
    static std::size_t on_reply(char* line, std::size_t size, std::size_t count, void* self);
    static int on_trace(CURL*, curl_infotype kind, char* data, std::size_t size, void* self);
    static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
    static curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* address);
    static int on_close(void* self, curl_socket_t socket);
};

void SmtpConnection::Curl::configure() {
    set(CURLOPT_URL, url_of(config).c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");     // no proxy that the environment may name for the web
    set(CURLOPT_NOSIGNAL, 1L);  // several threads
    set(CURLOPT_ERRORBUFFER, error);
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    if (!config.username.empty()) {
        set(CURLOPT_USERNAME, config.username.c_str());
        set(CURLOPT_PASSWORD, config.password.c_str());
        // Else libcurl tries Kerberos and NTLM first where they are offered, and gives up when they fail.
        set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
    }
    configure_tls();
    set_callback(CURLOPT_READFUNCTION, &on_read, CURLOPT_READDATA);
    set_callback(CURLOPT_HEADERFUNCTION, &on_reply, CURLOPT_HEADERDATA);
    set_callback(CURLOPT_DEBUGFUNCTION, &on_trace, CURLOPT_DEBUGDATA);
    set(CURLOPT_VERBOSE, 1L);  // for on_trace, which alone sees the commands
    set_callback(CURLOPT_XFERINFOFUNCTION, &on_progress, CURLOPT_XFERINFODATA);
    set(CURLOPT_NOPROGRESS, 0L);
    set_callback(CURLOPT_OPENSOCKETFUNCTION, &on_open, CURLOPT_OPENSOCKETDATA);
    set_callback(CURLOPT_CLOSESOCKETFUNCTION, &on_close, CURLOPT_CLOSESOCKETDATA);
}

void SmtpConnection::Curl::configure_tls() {
    const bool is_plain = !config.starttls && !config.ssl_tls;
    set(CURLOPT_USE_SSL, is_plain ? static_cast<long>(CURLUSESSL_NONE) : static_cast<long>(CURLUSESSL_ALL));
    easy.verify_tls(config.ca_file);
}

std::size_t SmtpConnection::Curl::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
    std::string_view& rest = static_cast<Curl*>(self)->to_send;
    const std::size_t bytes = std::min(size * count, rest.size());
    std::memcpy(buffer, rest.data(), bytes);
    rest.remove_prefix(bytes);
    return bytes;
}

std::size_t SmtpConnection::Curl::on_reply(char* line, std::size_t size, std::size_t count, void* self) {
    Curl& curl = *static_cast<Curl*>(self);
    const std::size_t bytes = size * count;
    return curl.guarded(std::size_t{0},
                        [&] { return !curl.dialogue || curl.dialogue->received({line, bytes}) ? bytes : 0; });
}

int SmtpConnection::Curl::on_trace(CURL*, curl_infotype kind, char* data, std::size_t size, void* self) {
    Curl& curl = *static_cast<Curl*>(self);
    // libcurl ignores what this returns: on_progress breaks off.
    return curl.guarded(0, [&] {
        if (curl.dialogue && kind == CURLINFO_HEADER_OUT) curl.dialogue->sent({data, size});
        return 0;
    });
}

int SmtpConnection::Curl::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const Curl& curl = *static_cast<Curl*>(self);
    return curl.is_stopping || curl.broken ? 1 : 0;
}

curl_socket_t SmtpConnection::Curl::on_open(void* self, curlsocktype, curl_sockaddr* address) {
    Curl& curl = *static_cast<Curl*>(self);
    return curl.guarded(CURL_SOCKET_BAD, [&] {
        curl.sockets.reserve(curl.sockets.size() + 1);  // first: nothing may throw once there is a socket
        const curl_socket_t socket =
            ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
        if (socket != CURL_SOCKET_BAD) curl.sockets.push_back(socket);
        return socket;
    });
}

int SmtpConnection::Curl::on_close(void* self, curl_socket_t socket) {
    std::erase(static_cast<Curl*>(self)->sockets, socket);
    return ::close(socket);
}

CURLcode SmtpConnection::Curl::perform(SmtpDialogue& talk) {
    error[0] = '\0';
    broken = nullptr;
    dialogue = &talk;
    const CURLcode outcome = curl_easy_perform(easy.get());
    dialogue = nullptr;  // a QUIT when the handle ends is nobody's mail
    is_healthy = outcome == CURLE_OK;
    set(CURLOPT_MAIL_RCPT, static_cast<curl_slist*>(nullptr));
    if (broken) std::rethrow_exception(broken);
    return outcome;
}

void SmtpConnection::Curl::fail(CURLcode outcome, const SmtpDialogue& said) const {
    if (outcome == CURLE_ABORTED_BY_CALLBACK) throw MailError("The service is stopping", false);
    const std::optional<SmtpDialogue::Failure> failure = said.failure();
    if (failure && said.is_smtputf8_refused()) throw Smtputf8NotOffered(failure->text);
    if (failure) throw MailError(scrub(failure->text, secrets), failure->is_permanent);
    std::string text = error[0] != '\0' ? error : curl_easy_strerror(outcome);
    if (!said.last_command().empty()) text += " (the last command was " + said.last_command() + ")";
    throw MailError(scrub(std::move(text), secrets), false);
}

SmtpConnection::SmtpConnection(const SmtpConfig& config, const std::atomic<bool>& is_stopping)
    : curl_(std::make_unique<Curl>(config, is_stopping)) {}

SmtpConnection::~SmtpConnection() = default;

Delivery SmtpConnection::send(const WireMessage& message, std::chrono::milliseconds timeout) {
    Curl& curl = *curl_;
    const SigpipeBlocked no_signal;
    curl_slist* list = nullptr;
    for (const std::string& recipient : message.recipients)
        list = curl_slist_append(list, recipient.c_str());
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> recipients(list, &curl_slist_free_all);

    SmtpDialogue dialogue(message.names, message.needs_smtputf8);
    curl.to_send = message.bytes;
    curl.set(CURLOPT_MAIL_FROM, message.sender.c_str());
    curl.set(CURLOPT_MAIL_RCPT, recipients.get());
    curl.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.bytes.size()));
    curl.set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(timeout, connect_timeout).count()));

    const CURLcode outcome = curl.perform(dialogue);
    if (outcome != CURLE_OK) curl.fail(outcome, dialogue);
    Delivery delivery{.refused = dialogue.refused()};
    for (Delivery::Refusal& refusal : delivery.refused)
        refusal.reply = scrub(std::move(refusal.reply), curl.secrets);
    delivery.refused.insert(delivery.refused.end(), message.unwritable.begin(), message.unwritable.end());
    return delivery;
}

}  // namespace alma::mail
