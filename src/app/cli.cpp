#include "app/cli.hpp"

#include "app/app.hpp"
#include "app/config.hpp"
#include "app/data_directory.hpp"
#include "app/database.hpp"
#include "app/routes.hpp"
#include "app/store_commands.hpp"
#include "app/terminal.hpp"
#include "app/user_commands.hpp"
#include "app/version.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

#include <CLI/CLI.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace alma::app {
namespace {

constexpr int failed = 1;
constexpr int misused = 2;
constexpr int found_something = 3;

/// Stops with status 2 instead of 1.
struct Misuse : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What the arguments say; one set serves all commands.
struct Arguments {
    Environment settings;  ///< options that stand for variables: --port is PORT
    std::string email;
    std::string role = "ATTORNEY";
    int steps = 1;
    bool repairs = false;
    bool is_forced = false;
    int least_age_hours = 24;
    bool wants_json = false;
};

Config load_config(const Arguments& arguments) {
    try {
        const Environment file = read_env_file(".env");
        Environment environment = process_environment();
        for (const auto& [name, value] : arguments.settings)
            environment.insert_or_assign(name, value);
        Config config = read_config(environment, file);
        const bool is_terminal = ::isatty(STDOUT_FILENO) != 0;
        const log::Format format =
            config.log_format.value_or(is_terminal ? log::Format::text : log::Format::json);
        log::configure(config.log_level, format, is_terminal ? log::Flush::at_once : log::Flush::in_blocks);
        for (const std::string& hint : spelling_hints(file))
            fmt::print(stderr, "alma-leads: {}\n", hint);
        return config;
    } catch (const Error& error) {
        throw Misuse(error.detail());
    }
}

/// A command's own output is its answer: no log lines in between.
Config load_quiet_config(const Arguments& arguments) {
    Config config = load_config(arguments);
    log::configure(log::Level::error, log::Format::text);
    return config;
}

int serve(const Arguments& arguments) {
    Config config = load_config(arguments);
    try {
        check_listening_address(config);
    } catch (const Error& error) {
        throw Misuse(error.detail());
    }
    App app(std::move(config));
    app.run();
    return 0;
}

struct Step {
    int version = 0;
    std::string name;
    std::optional<Instant> applied_at;
};
BOOST_DESCRIBE_STRUCT(Step, (), (version, name, applied_at))

int migrate_status(const Arguments& arguments) {
    std::vector<Step> steps;
    for (const db::MigrationStatus& entry : schema_status(load_quiet_config(arguments)))
        steps.push_back({.version = entry.version, .name = entry.name, .applied_at = entry.applied_at});
    if (arguments.wants_json) {
        fmt::print("{}\n", to_json(steps));
        return 0;
    }
    for (const Step& step : steps)
        fmt::print("{:04} {:12} {}\n", step.version, step.name,
                   step.applied_at ? "applied " + to_text(*step.applied_at) : "pending");
    return 0;
}

bool is_up_to_date(const Config& config) {
    return std::ranges::all_of(schema_status(config),
                               [](const db::MigrationStatus& step) { return step.applied_at.has_value(); });
}

/// Nobody else may be at an SQLite file. A PostgreSQL server has a lock of its own.
std::optional<DataDirectory> own_sqlite(const Config& config, std::string_view purpose,
                                        std::chrono::milliseconds patience) {
    if (config.uses_postgresql()) return std::nullopt;
    return std::make_optional<DataDirectory>(config.data_directory, config.database(), purpose, patience);
}

int migrate_up(const Arguments& arguments) {
    const Config config = load_quiet_config(arguments);
    // A running server has migrated at its start: then there is nothing to take DATA_DIR for.
    if (is_up_to_date(config)) {
        fmt::print("nothing to apply: the schema is at version {}\n", newest_schema(config));
        return 0;
    }
    const auto owned = own_sqlite(config, "alma-leads migrate up", std::chrono::seconds(5));
    for (const int version : migrate_to_newest(config))
        fmt::print("applied {:04}\n", version);
    return 0;
}

int migrate_down(const Arguments& arguments) {
    const Config config = load_quiet_config(arguments);
    const auto owned = own_sqlite(config, "alma-leads migrate down", std::chrono::seconds(1));
    for (const int version : migrate_back(config, arguments.steps))
        fmt::print("took back {:04}\n", version);
    return 0;
}

void print_table(const std::vector<users::User>& users) {
    std::size_t width = std::string_view("e-mail").size();
    for (const users::User& user : users)
        width = std::max(width, user.email.size());
    fmt::print("{:>4}  {:{}}  {:8}  {:6}  {}\n", "id", "e-mail", width, "role", "active", "created");
    for (const users::User& user : users)
        fmt::print("{:>4}  {:{}}  {:8}  {:6}  {}\n", user.id, user.email, width, to_text(user.role),
                   user.is_active ? "yes" : "no", to_text(user.created_at));
}

int user(const Arguments& arguments, const std::string& command, bool needs_password) {
    const Config config = load_quiet_config(arguments);
    std::string role = arguments.role;
    std::ranges::transform(role, role.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    const Command request{.name = command,
                          .email = arguments.email,
                          .password = needs_password ? ask_new_password() : "",
                          .role = role};
    const Outcome outcome = run_user_command(config, request);
    if (!outcome.error.empty()) {
        fmt::print(stderr, "alma-leads: {}\n", outcome.error);
        return failed;
    }
    if (arguments.wants_json) {
        fmt::print("{}\n", to_json(outcome.users));
    } else {
        print_table(outcome.users);
    }
    return 0;
}

void print_finding(const Finding& finding) {
    const auto size = [](const std::optional<std::uint64_t>& bytes) {
        return bytes ? std::to_string(*bytes) : "no";
    };
    if (finding.kind == FindingKind::orphan) {
        fmt::print("orphan      {}  {} bytes, of {}{}\n", finding.key, size(finding.found_size),
                   to_text(*finding.modified_at), finding.is_removed ? ", removed" : "");
    } else if (finding.kind == FindingKind::unread) {
        fmt::print("unread      {}\n", finding.key);
    } else {
        fmt::print("{:11} {}  of lead {}: {} bytes expected, {} found\n",
                   finding.kind == FindingKind::missing ? "missing" : "other size", finding.key,
                   *finding.lead, size(finding.expected_size), size(finding.found_size));
    }
}

void print_summary(const StoreCheckSummary& summary, int least_age_hours) {
    fmt::print("{} leads, {} objects: {} missing, {} of another size, {} orphans ({} removed)\n",
               summary.leads, summary.objects, summary.missing, summary.other_size, summary.orphans,
               summary.removed);
    if (summary.unread > 0) fmt::print("{} directories of the store could not be read\n", summary.unread);
    if (summary.young_orphans > 0)
        fmt::print("{} objects without a lead are younger than {} hours and were left alone\n",
                   summary.young_orphans, least_age_hours);
    if (summary.foreign_objects > 0)
        fmt::print("{} objects are not of this service and were left alone\n", summary.foreign_objects);
    if (summary.resumes_elsewhere > 0)
        fmt::print("{} leads have their resume elsewhere; it was not looked for\n",
                   summary.resumes_elsewhere);
}

int store_check(const Arguments& arguments) {
    const Config config = load_quiet_config(arguments);
    const bool wants_json = arguments.wants_json;
    const StoreCheckSummary summary =
        run_store_check(config,
                        {.removes_orphans = arguments.repairs,
                         .is_forced = arguments.is_forced,
                         .least_age = std::chrono::hours(arguments.least_age_hours)},
                        [wants_json](const Finding& finding) {
                            if (wants_json) {
                                fmt::print("{}\n", to_json(finding));
                            } else {
                                print_finding(finding);
                            }
                        });
    if (wants_json) {
        fmt::print("{}\n", to_json(summary));
    } else {
        print_summary(summary, arguments.least_age_hours);
    }
    return summary.is_clean() ? 0 : found_something;
}

std::string settings_help() {
    std::string text = "Settings (environment variables, or a .env file in the working directory):\n";
    for (const Variable& variable : variables())
        text += fmt::format("  {:27} {} [{}]\n", variable.name, variable.meaning, variable.default_value);
    return text;
}

/// The commands, each with what runs it.
class CommandLine {
public:
    CommandLine() {
        cli_.set_version_flag("--version", fmt::format("alma-leads {}", version()));
        cli_.require_subcommand(1);
        cli_.footer(settings_help() +
                    "\nExit status: 0 done, 1 it failed, 2 the command line or a setting is wrong.\n"
                    "Example: alma-leads serve --port 8080");
        add_serve();
        add_migrate();
        add_user();
        add_store();
        CLI::App& openapi = *cli_.add_subcommand("openapi", "Print the OpenAPI document");
        openapi.footer("Example: alma-leads openapi > openapi.json");
        runs(openapi, [] {
            fmt::print("{}\n", openapi_document());
            return 0;
        });
    }

    int run(int argc, char** argv) {
        try {
            cli_.parse(argc, argv);
        } catch (const CLI::Success& help) {
            return cli_.exit(help);
        } catch (const CLI::ParseError& problem) {
            const std::string unknown = unknown_command();
            if (!unknown.empty()) throw Misuse(fmt::format("unknown command: {}; try --help", unknown));
            cli_.exit(problem);
            return misused;
        }
        return chosen_();
    }

private:
    /// "user dance", where the command line stops to make sense. CLI11 itself just says that a command is
    /// missing.
    [[nodiscard]] std::string unknown_command() const {
        const CLI::App* group = &cli_;
        std::string typed;
        while (!group->get_subcommands().empty()) {
            group = group->get_subcommands().front();
            typed += group->get_name() + ' ';
        }
        const std::vector<std::string> rest = group->remaining();
        if (group->get_require_subcommand_min() == 0 || rest.empty() || rest.front().starts_with('-'))
            return {};
        return typed + rest.front();
    }

    template <class Action>
    void runs(CLI::App& command, Action action) {
        command.final_callback([this, action] { chosen_ = action; });
    }

    void add_setting(CLI::App& command, const std::string& option, const std::string& variable,
                     const std::string& meaning) {
        command.add_option_function<std::string>(
            option, [this, variable](const std::string& value) { arguments_.settings[variable] = value; },
            meaning + " (" + variable + ")");
    }

    void add_data_directory(CLI::App& command) {
        add_setting(command, "--data-dir", "DATA_DIR", "Directory of the embedded database and files");
    }

    void add_serve() {
        CLI::App& command = *cli_.add_subcommand("serve", "Run the service");
        add_setting(command, "--host", "HOST", "Address to listen on");
        add_setting(command, "--port", "PORT", "TCP port; 0 for any free one");
        add_data_directory(command);
        command.footer(
            "SIGTERM and SIGINT finish the requests in flight (at most 10 s); a second one ends at once.\n"
            "Examples:\n  alma-leads serve\n  alma-leads serve --host 0.0.0.0 --port 80 --data-dir "
            "/var/lib/alma-leads");
        runs(command, [this] { return serve(arguments_); });
    }

    void add_migrate() {
        CLI::App& group = *cli_.add_subcommand("migrate", "Change or show the database schema");
        group.require_subcommand(1);
        group.footer(
            "`serve` applies what is pending by itself.\n"
            "Examples:\n  alma-leads migrate status\n  alma-leads migrate down 1");
        CLI::App& up = *group.add_subcommand("up", "Apply all pending migrations");
        add_data_directory(up);
        up.footer("Example: alma-leads migrate up");
        runs(up, [this] { return migrate_up(arguments_); });
        CLI::App& down = *group.add_subcommand("down", "Take back migrations, with the data they hold");
        down.add_option("N", arguments_.steps, "How many (1)")->check(CLI::Range(1, 10'000));
        add_data_directory(down);
        down.footer(
            "Refused while a server runs on the SQLite file; stop all servers of a PostgreSQL database "
            "first.\nExample: alma-leads migrate down 2");
        runs(down, [this] { return migrate_down(arguments_); });
        CLI::App& status = *group.add_subcommand("status", "List migrations, applied and pending");
        add_data_directory(status);
        add_json(status);
        status.footer("Example: alma-leads migrate status --json");
        runs(status, [this] { return migrate_status(arguments_); });
    }

    void add_json(CLI::App& command) {
        command.add_flag("--json", arguments_.wants_json, "Print JSON, for programs");
    }

    CLI::App& add_user_command(CLI::App& group, const std::string& name, const std::string& meaning,
                               bool needs_email, bool needs_password) {
        CLI::App& command = *group.add_subcommand(name, meaning);
        if (needs_email) command.add_option("EMAIL,--email", arguments_.email, "Of the user")->required();
        add_data_directory(command);
        add_json(command);
        command.footer(fmt::format("{}Example: alma-leads user {}{}",
                                   needs_password
                                       ? "The password is asked for at a terminal, and else is the "
                                         "first line of standard input.\n"
                                       : "",
                                   name, needs_email ? " ann@firm.example" : " --json"));
        runs(command,
             [this, name, needs_password] { return user(arguments_, "user " + name, needs_password); });
        return command;
    }

    void add_user() {
        CLI::App& group = *cli_.add_subcommand("user", "Create, list and change accounts");
        group.require_subcommand(1);
        group.footer(
            "While a server runs on DATA_DIR, these go through it.\n"
            "Examples:\n  alma-leads user create --role ADMIN ann@firm.example\n"
            "  alma-leads user list --json\n"
            "  printf '%s\\n' \"$PASSWORD\" | alma-leads user set-password ann@firm.example");
        add_user_command(group, "create", "Create an account", true, true)
            .add_option("--role", arguments_.role, "ATTORNEY (default) or ADMIN");
        add_user_command(group, "list", "List all accounts", false, false);
        add_user_command(group, "set-password", "Give an account a new password", true, true);
        add_user_command(group, "deactivate", "Lock an account; its tokens stop working at once", true,
                         false);
        add_user_command(group, "activate", "Unlock an account", true, false);
    }

    void add_store() {
        CLI::App& group = *cli_.add_subcommand("store", "Look after the stored resumes");
        group.require_subcommand(1);
        group.footer("Example: alma-leads store check");
        CLI::App& check = *group.add_subcommand("check", "Compare the store of resumes with the database");
        check.add_flag("--repair", arguments_.repairs, "Remove orphans; never touches leads");
        check
            .add_flag("--force", arguments_.is_forced,
                      "Remove orphans also when they look like another installation's")
            ->needs("--repair");
        check
            .add_option("--min-age", arguments_.least_age_hours,
                        "Leave orphans alone that are younger, in hours (24)")
            ->check(CLI::Range(2, 24 * 365));
        add_data_directory(check);
        add_json(check);
        check.footer(
            "Lists what does not agree, in both directions:\n"
            "  missing     a lead's resume is not in the store: restore it from a backup\n"
            "  other size  it is there, but not as long as it was: the same\n"
            "  orphan      a stored resume that no lead has and no upload is about to give one; --repair "
            "removes it\n"
            "  unread      a directory of the store that could not be read\n"
            "--repair refuses when the database has no leads, or when more than ten orphans are more than "
            "half of the\nobjects: they may be the resumes of another installation that uses the same "
            "bucket or directory.\n--force removes them all the same, for good.\n"
            "Objects under names that this service does not hand out are counted, and never touched.\n"
            "May run while services run, on the directory as well as on S3. On S3 it lists the whole bucket, "
            "1,000\n"
            "objects a request. --json prints a JSON object a line, the last one with the totals.\n"
            "Exit status: 0 all agrees (or now does), 3 something does not, 1 it failed, 2 the command line "
            "or a\n"
            "setting is wrong.\n"
            "Examples:\n  alma-leads store check\n  alma-leads store check --repair --min-age 48 --json");
        runs(check, [this] { return store_check(arguments_); });
    }

    CLI::App cli_{"Leads management for law firms", "alma-leads"};
    Arguments arguments_;
    std::function<int()> chosen_;
};

}  // namespace

int run_command_line(int argc, char** argv) {
    ::umask(0077);  // everything that is written is this user's alone
    try {
        return CommandLine().run(argc, argv);
    } catch (const Misuse& problem) {
        fmt::print(stderr, "alma-leads: {}\n", problem.what());
        return misused;
    } catch (const std::exception& failure) {
        log::flush();
        fmt::print(stderr, "alma-leads: {}\n", failure.what());
        return failed;
    }
}

}  // namespace alma::app
