#include "takeover/import_statements.hpp"

#include <fmt/format.h>

namespace alma::takeover {

db::Statement take_turn() {
    static constexpr std::string_view wait =
        "SELECT 1 /*postgresql FROM pg_advisory_xact_lock(hashtextextended('alma-leads import', 0))*/";
    return db::sql(wait);
}

std::vector<db::Statement> add_statements(const User& user) {
    static constexpr std::string_view insert = R"(
        INSERT INTO users (email, email_folded, hashed_password, role, is_active, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (email_folded) DO NOTHING
        RETURNING id)";
    static constexpr std::string_view select = "SELECT email FROM users WHERE email_folded = $1";
    std::vector<db::Statement> statements;
    statements.push_back(db::sql(insert, user.email, user.email_folded, user.hashed_password, user.role,
                                 user.is_active, user.created_at, user.updated_at));
    statements.push_back(db::sql(select, user.email_folded));
    return statements;
}

Verdict verdict_on(const User& user, std::span<const db::Rows> results) {
    if (!results[0].empty()) return Added::now;
    const auto there = results[1].front().get<std::string>(0);
    if (there == user.email) return Added::before;
    return std::unexpected(refuse_second_spelling(user.email, there));
}

std::string refuse_second_spelling(const std::string& email, const std::string& other) {
    return fmt::format(
        "{} and the account {}, which is there already, differ in case only, and are one here. If they "
        "are two people, give one of them another address in the original's row and import again; if "
        "not, there is nothing to do",
        email, other);
}

std::vector<db::Statement> add_statements(const LeadWithResume& taken) {
    static constexpr std::string_view insert = R"(
        INSERT INTO leads (uuid, first_name, last_name, email, resume_path, resume_name, resume_type, resume_size,
                           status, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (uuid) DO NOTHING
        RETURNING id)";
    const leads::Lead& lead = taken.lead;
    const leads::Resume& resume = taken.resume;
    std::vector<db::Statement> statements;
    statements.push_back(db::sql(insert, lead.uuid, lead.first_name, lead.last_name, lead.email, resume.path,
                                 resume.name, resume.type, resume.size, lead.status, lead.created_at,
                                 lead.updated_at));
    return statements;
}

Verdict verdict_on(const LeadWithResume&, std::span<const db::Rows> results) {
    return results[0].empty() ? Added::before : Added::now;
}

std::vector<db::Statement> add_statements(const FailedEmail& email) {
    static constexpr std::string_view insert = R"(
        INSERT INTO failed_emails (message_id, lead_id, lead_uuid, lead_name, lead_email, attorney_emails,
                                   error_message, status, created_at, updated_at)
        SELECT $3, leads.id, leads.uuid, $4, $5, $6, $7, $8, $9, $10
        FROM leads
        WHERE leads.uuid = $1 AND NOT EXISTS (SELECT 1 FROM imported_failed_emails AS taken
                                              WHERE taken.lead_uuid = $1 AND taken.original_id = $2)
        RETURNING id)";
    static constexpr std::string_view note = R"(
        INSERT INTO imported_failed_emails (lead_uuid, original_id)
        SELECT leads.uuid, $2 FROM leads WHERE leads.uuid = $1
        ON CONFLICT (lead_uuid, original_id) DO NOTHING)";
    static constexpr std::string_view select =
        "SELECT 1 FROM imported_failed_emails WHERE lead_uuid = $1 AND original_id = $2";
    std::vector<db::Statement> statements;
    statements.push_back(db::sql(insert, email.lead, email.original_id, random_uuid(), email.lead_name,
                                 email.lead_email, email.attorney_emails, email.error_message, email.status,
                                 email.created_at, email.updated_at));
    statements.push_back(db::sql(note, email.lead, email.original_id));
    statements.push_back(db::sql(select, email.lead, email.original_id));
    return statements;
}

Verdict verdict_on(const FailedEmail&, std::span<const db::Rows> results) {
    if (!results[0].empty()) return Added::now;
    if (!results[2].empty()) return Added::before;
    return std::unexpected(refuse_without_lead());
}

std::string refuse_without_lead() {
    return "its lead was not taken over; the reason stands with the lead";
}

}  // namespace alma::takeover
