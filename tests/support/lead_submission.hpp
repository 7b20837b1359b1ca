/// What a browser sends to POST /leads/.
#pragma once

#include "support/http_request.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alma {

/// A complete form; a test changes what it is about.
struct ASubmission {
    std::optional<std::string> first_name = "John";
    std::optional<std::string> last_name = "Doe";
    std::optional<std::string> email = "john@example.com";
    std::optional<std::string> file_name = "resume.pdf";  ///< absent: no part for the file
    std::string declared_type = "application/pdf";        ///< empty: none
    std::string content = "%PDF-1.7\n1 0 obj\n";
    std::size_t padding = 0;  ///< bytes of a field that nobody asked for

    [[nodiscard]] std::string body() const {
        std::string out;
        add_text(out, "first_name", first_name);
        add_text(out, "last_name", last_name);
        add_text(out, "email", email);
        if (file_name) {
            out += "--boundary\r\nContent-Disposition: form-data; name=\"resume\"; filename=\"" + *file_name +
                   "\"\r\n";
            if (!declared_type.empty()) out += "Content-Type: " + declared_type + "\r\n";
            out += "\r\n" + content + "\r\n";
        }
        if (padding > 0) add_text(out, "padding", std::string(padding, 'x'));
        return out + "--boundary--\r\n";
    }

    [[nodiscard]] http::ARequest request(std::string target = "/leads/") const {
        http::ARequest request(http::Method::post, std::move(target));
        request.with("Content-Type", "multipart/form-data; boundary=boundary").with_body(body());
        request.request.base_url = "http://localhost:8000";
        request.request.client = asio::ip::make_address("192.0.2.1");
        return request;
    }

private:
    static void add_text(std::string& out, const std::string& name, const std::optional<std::string>& value) {
        if (!value) return;
        out +=
            "--boundary\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + *value + "\r\n";
    }
};

}  // namespace alma
