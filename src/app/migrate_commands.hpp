/// `alma-leads migrate ...`: what each prints is its answer.
#pragma once

#include "app/config.hpp"

namespace alma::app {

// All of these throw Error with one line for the person at the terminal.

/// Applies what is pending, and makes a database where there is none.
void migrate_up(const Config& config);

/// Refused while a server runs on an SQLite file.
void migrate_down(const Config& config, int steps);

/// May be called while a server runs.
void print_migrations(const Config& config, bool as_json);

}  // namespace alma::app
