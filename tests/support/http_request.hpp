/// Requests as a session would hand them to a handler, without a socket.
#pragma once

#include "http/message.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace alma::http {

/// A body that arrives in pieces of at most `piece` bytes. Each piece is a copy of its own, so that a
/// sanitizer sees a view that is kept too long.
class StringBody : public BodyReader {
public:
    explicit StringBody(std::string content, std::size_t piece = 64 * 1024)
        : content_(std::move(content)), piece_size_(piece) {}

    awaitable<std::string_view> next() override {
        const std::size_t length = std::min(piece_size_, content_.size() - read_);
        piece_ = std::make_unique<std::string>(content_.substr(read_, length));
        read_ += length;
        co_return *piece_;
    }

private:
    std::string content_;
    std::size_t piece_size_;
    std::size_t read_ = 0;
    std::unique_ptr<std::string> piece_;
};

/// Owns what a Request views.
struct ARequest {
    explicit ARequest(Method method, std::string target = "/") : target_(std::move(target)) {
        request.method = method;
        request.target = target_;
        const std::string_view all = target_;
        request.path = all.substr(0, all.find('?'));
        if (all.contains('?')) request.query = all.substr(all.find('?') + 1);
        request.id = "test";
    }
    ARequest& with(std::string_view name, std::string_view value) {
        request.headers.push_back({name, value});
        return *this;
    }
    ARequest& with_body(std::string content, std::size_t piece = 64 * 1024) {
        request.content_length = content.size();
        body_ = std::make_unique<StringBody>(std::move(content), piece);
        request.body = body_.get();
        return *this;
    }

    Request request;

private:
    std::string target_;
    std::unique_ptr<StringBody> body_;
};

}  // namespace alma::http
