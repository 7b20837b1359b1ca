/// The SQL that adds what was taken over, where it is not there yet.
#pragma once

#include "db/database.hpp"
#include "takeover/mapping.hpp"

#include <expected>
#include <span>
#include <string>
#include <vector>

namespace alma::takeover {

/// Whether a row is new, or why it cannot be there.
enum class Added { now, before };
using Verdict = std::expected<Added, std::string>;

/// For the front of a transaction: another import waits until it has ended, and then sees what it wrote.
/// SQLite has one writer anyway.
db::Statement take_turn();

/// The statements of one row, and what their results say. Any number of rows may share a transaction.
std::vector<db::Statement> add_statements(const User& user);
Verdict verdict_on(const User& user, std::span<const db::Rows> results);

std::vector<db::Statement> add_statements(const LeadWithResume& taken);
Verdict verdict_on(const LeadWithResume& taken, std::span<const db::Rows> results);

std::vector<db::Statement> add_statements(const FailedEmail& email);
Verdict verdict_on(const FailedEmail& email, std::span<const db::Rows> results);

/// Of a user whose address differs from another one's in nothing but case.
std::string refuse_second_spelling(const std::string& email, const std::string& other);
/// Of a failed e-mail whose lead is not there.
std::string refuse_without_lead();

}  // namespace alma::takeover
