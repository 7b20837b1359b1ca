/// Leads as a file for spreadsheets.
#pragma once

#include "leads/lead_list.hpp"

#include <string>

namespace alma::leads {

/// The leads of a query as CSV: a line of names, then a line for each lead, read batch by batch.
class LeadCsvBody final : public LeadStreamBody {
public:
    LeadCsvBody(db::Database& db, LeadPageQuery query);

private:
    void write(std::string& out, const ListedLead& lead) override;
    void finish(std::string& out) override;
    void write_names_once(std::string& out);

    bool has_names_ = false;
};

/// What the audit log keeps of an export: a JSON object of the filters. Of what was searched for, only that
/// something was: it is most often a prospect's name.
std::string export_details(const LeadListQuery& query, const std::optional<OfAssignee>& assignee);

}  // namespace alma::leads
