#include "support/sample_routes.hpp"

#include "base/error.hpp"
#include "http/form.hpp"
#include "http/live_source.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <array>

namespace alma::http {
namespace {

/// Gives its pieces, then ends, or fails.
class Pieces final : public BodySource {
public:
    explicit Pieces(std::vector<std::string> pieces, std::optional<std::uint64_t> length = std::nullopt,
                    bool fails = false)
        : pieces_(std::move(pieces)), length_(length), fails_(fails) {}

    awaitable<std::string_view> next() override {
        if (next_ < pieces_.size()) co_return pieces_[next_++];
        if (fails_) throw std::runtime_error("the disk is gone");
        co_return std::string_view();
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return length_; }

private:
    std::vector<std::string> pieces_;
    std::optional<std::uint64_t> length_;
    bool fails_;
    std::size_t next_ = 0;
};

/// Gives "one", is busy so many times, then gives "two" and ends.
class BusyPieces final : public BodySource {
public:
    explicit BusyPieces(int times) : times_(times) {}

    awaitable<std::string_view> next() override {
        if (given_ == 1 && times_ > 0) {
            --times_;
            throw Error(ErrorKind::unavailable, "The service is busy.");
        }
        static constexpr std::array<std::string_view, 3> pieces{"one", "two", ""};
        co_return pieces[std::min<std::size_t>(given_++, 2)];
    }

private:
    int times_;
    std::size_t given_ = 0;
};

/// Gives "one", and a while later "two"; then it waits for an hour, or ends.
class LivePieces final : public LiveSource {
public:
    explicit LivePieces(bool ends) : ends_(ends) {}

    awaitable<std::string_view> next() override {
        const std::size_t number = given_++;
        if (number == 0) co_return "one";
        if (number == 2 && ends_) co_return "";
        using namespace std::chrono_literals;
        asio::steady_timer timer(co_await asio::this_coro::executor, number == 1 ? 50ms : 1h);
        co_await timer.async_wait(asio::use_awaitable);
        co_return "two";
    }

private:
    bool ends_;
    std::size_t given_ = 0;
};

Response source_response(std::unique_ptr<BodySource> source) {
    Response response = text_response(Status::ok, "");
    response.source = std::move(source);
    return response;
}

awaitable<Response> hello(Request&) {
    co_return text_response(Status::ok, "hello");
}
awaitable<Response> smuggled(Request&) {
    co_return text_response(Status::ok, "smuggled");
}
awaitable<Response> show_client(Request& request) {
    co_return text_response(
        Status::ok, fmt::format("{} {} {}", request.client.to_string(), request.base_url, request.id));
}
awaitable<Response> slow(Request&) {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(300));
    co_await timer.async_wait(asio::use_awaitable);
    co_return text_response(Status::ok, "slow");
}
awaitable<Response> never(Request&) {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
    co_await timer.async_wait(asio::use_awaitable);
    co_return text_response(Status::ok, "never");
}
awaitable<Response> stream(Request&) {
    co_return source_response(std::make_unique<Pieces>(std::vector<std::string>{"one", "two", "three"}));
}
awaitable<Response> file(Request&) {
    co_return source_response(std::make_unique<Pieces>(std::vector<std::string>{"one", "two"}, 6));
}
awaitable<Response> cut(Request& request) {
    if (request.query == "at-once")
        co_return source_response(std::make_unique<Pieces>(std::vector<std::string>{}, std::nullopt, true));
    if (request.query == "short")
        co_return source_response(std::make_unique<Pieces>(std::vector<std::string>{"one"}, 6));
    co_return source_response(std::make_unique<Pieces>(std::vector<std::string>{"one"}, std::nullopt, true));
}
awaitable<Response> busy(Request& request) {
    co_return source_response(std::make_unique<BusyPieces>(request.query == "always" ? 1'000'000 : 3));
}
awaitable<Response> live(Request& request) {
    co_return source_response(std::make_unique<LivePieces>(request.query == "ends"));
}
awaitable<Response> large(Request&) {
    co_return text_response(Status::ok, std::string(large_size, 'x'));
}
awaitable<Response> large_source(Request&) {
    std::vector<std::string> pieces(large_size / MiB, std::string(MiB, 'x'));
    co_return source_response(std::make_unique<Pieces>(std::move(pieces), large_size));
}
awaitable<Response> empty(Request&) {
    Response response;
    response.status = Status::no_content;
    co_return response;
}
awaitable<Response> own_headers(Request&) {
    Response response = text_response(Status::ok, "x");
    response.with("cache-control", "max-age=60")
        .with("Content-Security-Policy", "default-src 'self'")
        .with("X-Frame-Options", "");
    co_return response;
}
awaitable<Response> fail(Request& request) {
    if (request.query == "header") {
        Response response = text_response(Status::ok, "x");
        response.headers.emplace_back("X", "a\r\nY: b");
        co_return response;
    }
    throw std::runtime_error("the secret is hunter2");
}
awaitable<Response> echo(Request& request) {
    co_return text_response(Status::ok, co_await read_all(request.body, 10 * MiB));
}
awaitable<Response> ignore(Request&) {
    co_return text_response(Status::ok, "ignored");
}
awaitable<Response> show_headers(Request& request) {
    std::string names = co_await read_all(request.body, 1 * MiB);
    for (const Header& header : request.headers)
        names.append(" ").append(header.name);
    co_return text_response(Status::ok, std::move(names));
}
awaitable<Response> form(Request& request) {
    static constexpr std::array fields{InputField{.name = "a"}};
    const Form read = co_await read_form(request, fields);
    co_return text_response(Status::ok, read["a"]);
}
awaitable<Response> guarded(Request& request, const Principal& principal) {
    co_await read_all(request.body, 10 * MiB);
    co_return text_response(Status::ok, principal.email);
}

constexpr std::array small_failures{Failure{413, "Small only"}};
constexpr Operation small_operation{.id = "small", .failures = small_failures};

}  // namespace

std::vector<Route> sample_routes() {
    using enum Method;
    using enum Access;
    const auto open = [](Method method, std::string_view path, std::size_t body_limit, auto handler) {
        return Route{method, path, anyone, body_limit, PublicHandler(handler), nullptr};
    };
    return {
        open(get, "/hello", 0, hello),
        open(get, "/smuggled", 0, smuggled),
        open(get, "/client", 0, show_client),
        open(get, "/slow", 0, slow),
        open(get, "/never", 0, never),
        open(get, "/stream", 0, stream),
        open(get, "/file", 0, file),
        open(get, "/cut", 0, cut),
        open(get, "/busy", 0, busy),
        open(get, "/live", 0, live),
        open(get, "/large", 0, large),
        open(get, "/large-source", 0, large_source),
        open(get, "/empty", 0, empty),
        open(get, "/own-headers", 0, own_headers),
        open(get, "/fail", 0, fail),
        open(post, "/echo", 4 * MiB, echo),
        open(post, "/ignore", 4 * MiB, ignore),
        open(post, "/headers", 4 * MiB, show_headers),
        open(post, "/form", 4 * MiB, form),
        {post, "/small", anyone, 10, PublicHandler(echo), &small_operation},
        {post, "/guarded", attorney, 4 * MiB, AuthenticatedHandler(guarded), nullptr},
    };
}

}  // namespace alma::http
