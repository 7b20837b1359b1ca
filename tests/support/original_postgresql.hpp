/// A database of the original service, see tests/fixtures/original/schema.sql.
#pragma once

#include "support/postgresql_server.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>

namespace alma {

class OriginalPostgresql {
public:
    OriginalPostgresql() {
        std::ifstream file(ALMA_SOURCE_DIR "/tests/fixtures/original/schema.sql");
        run({std::istreambuf_iterator<char>(file), {}});
    }

    [[nodiscard]] std::string uri() const { return database_.uri(); }
    void run(const std::string& script) const { database_.run(script); }

    /// @param number makes the lead's UUID, and the key of its resume
    void add_lead(int number, const std::string& resume_path = {}) const {
        run(
            fmt::format("INSERT INTO leads (uuid, first_name, last_name, email, resume_path, status, "
                        "created_at, updated_at) "
                        "VALUES ('{0}', 'Ada', 'Lovelace', 'ada{1}@example.com', '{2}', 'REACHED_OUT', "
                        "'2025-09-26 19:42:27.248539', '2025-09-26 19:42:27.248544')",
                        uuid(number), number,
                        resume_path.empty()
                            ? fmt::format("https://firm-resumes.s3.eu-central-1.amazonaws.com/{}.pdf", number)
                            : resume_path));
    }
    void add_user(const std::string& email, const std::string& role = "ATTORNEY",
                  const std::string& is_active = "TRUE") const {
        run(fmt::format(
            "INSERT INTO users (email, hashed_password, role, is_active, created_at, updated_at) VALUES "
            "('{}', '$argon2id$v=19$m=64,t=1,p=1$F3SuTCjLudQpO7zK/1t6Jg$4vbSX6PIDj7h9Chmm2FXQmfPce1jG5UvVl/"
            "912darhc', '{}', '{}', '2025-09-26 19:42:27.248539', '2025-09-26 19:42:27.248544')",
            email, role, is_active));
    }
    /// @param lead its id in this database
    void add_failed_email(int lead) const {
        run(fmt::format(
            "INSERT INTO failed_emails (lead_id, lead_uuid, lead_name, lead_email, attorney_emails, "
            "error_message, status, created_at) SELECT id, uuid, 'Ada Lovelace', email, "
            "'[\"ann@firm.example\"]', '550 no such user', 'FAILED', created_at FROM leads WHERE id = {}",
            lead));
    }

    static std::string uuid(int number) { return fmt::format("00000000-0000-4000-8000-{:012}", number); }

private:
    const TemporaryPostgresqlDatabase database_;
};

}  // namespace alma
