/// `alma-leads import`: taking over from the original service.
#pragma once

#include "app/config.hpp"

#include <string>

namespace alma::app {

/// As the command line has them; empty: not given.
struct ImportArguments {
    std::string from;  ///< URL of the original's database
    std::string bucket;
    std::string region;
    bool copies_resumes = false;
    bool is_dry_run = false;
};

/// Prints each row that could not be taken, or not as it was, and what was done: text, or a JSON object a
/// line. Progress goes to standard error. An SQLite file must have no server meanwhile; a PostgreSQL database
/// may.
/// @return whether everything could be taken
/// @throws Error{invalid} when the arguments make no sense, and Error with one line for the person at the
/// terminal for whatever stopped it: then it can be run again, and goes on
bool run_import(const Config& config, const ImportArguments& arguments, bool as_json);

}  // namespace alma::app
