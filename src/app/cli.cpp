#include "app/cli.hpp"

#include "app/app.hpp"
#include "app/audit_commands.hpp"
#include "app/config.hpp"
#include "app/import_command.hpp"
#include "app/migrate_commands.hpp"
#include "app/routes.hpp"
#include "app/store_commands.hpp"
#include "app/terminal.hpp"
#include "app/user_commands.hpp"
#include "app/version.hpp"
#include "base/error.hpp"
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

/// What the arguments say; one set serves all commands.
struct Arguments {
    std::string program;   ///< as it was called
    Environment settings;  ///< options that stand for variables: --port is PORT
    std::string email;
    std::string role = "ATTORNEY";
    int steps = 1;
    bool repairs = false;
    bool is_forced = false;
    int least_age_hours = 24;
    ImportArguments import;
    bool wants_json = false;
    std::vector<std::string> expected_heads;
};

Config load_config(const Arguments& arguments) {
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
}

/// A command's own output is its answer: no log lines in between.
Config load_quiet_config(const Arguments& arguments) {
    Config config = load_config(arguments);
    log::configure(log::Level::error, log::Format::text);
    return config;
}

void serve(const Arguments& arguments) {
    Config config = load_config(arguments);
    check_listening_address(config);
    App app(std::move(config), arguments.program);
    app.run();
}

int user(const Arguments& arguments, const std::string& command, bool needs_password) {
    const Config config = load_quiet_config(arguments);
    std::string role = arguments.role;
    std::ranges::transform(role, role.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    const Outcome outcome = run_user_command(config, {.name = command,
                                                      .email = arguments.email,
                                                      .password = needs_password ? ask_new_password() : "",
                                                      .role = role});
    if (!outcome.error.empty()) {
        fmt::print(stderr, "alma-leads: {}\n", outcome.error);
        return failed;
    }
    print_users(outcome.users, arguments.wants_json);
    return 0;
}

int store_check(const Arguments& arguments) {
    const bool is_clean = run_store_check(load_quiet_config(arguments),
                                          {.removes_orphans = arguments.repairs,
                                           .is_forced = arguments.is_forced,
                                           .least_age = std::chrono::hours(arguments.least_age_hours)},
                                          arguments.wants_json);
    return is_clean ? 0 : found_something;
}

int import_original(const Arguments& arguments) {
    const bool is_complete = run_import(load_quiet_config(arguments), arguments.import, arguments.wants_json);
    return is_complete ? 0 : found_something;
}

int audit_verify(const Arguments& arguments) {
    const bool is_intact =
        run_audit_verify(load_quiet_config(arguments), arguments.expected_heads, arguments.wants_json);
    return is_intact ? 0 : found_something;
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
        add_import();
        add_audit();
        CLI::App& openapi = *cli_.add_subcommand("openapi", "Print the OpenAPI document");
        openapi.footer("Example: alma-leads openapi > openapi.json");
        runs(openapi, [] { fmt::print("{}\n", openapi_document()); });
    }

    int run(int argc, char** argv) {
        arguments_.program = *argv;
        try {
            cli_.parse(argc, argv);
        } catch (const CLI::Success& help) {
            refuse_unknown_command();
            return cli_.exit(help);
        } catch (const CLI::ParseError& problem) {
            refuse_unknown_command();
            throw Error(ErrorKind::invalid, fmt::format("{}; try --help", problem.what()));
        }
        return chosen_();
    }

private:
    /// "user dance", where the command line stops to make sense. CLI11 itself just says that a command is
    /// missing, or shows the help that stands behind it.
    void refuse_unknown_command() const {
        const CLI::App* group = &cli_;
        std::string typed;
        while (!group->get_subcommands().empty()) {
            group = group->get_subcommands().front();
            typed += group->get_name() + ' ';
        }
        const std::vector<std::string> rest = group->remaining();
        if (group->get_require_subcommand_min() == 0 || rest.empty() || rest.front().starts_with('-')) return;
        throw Error(ErrorKind::invalid,
                    fmt::format("unknown command: {}{}; try --help", typed, rest.front()));
    }

    /// @param action returns the exit status, or nothing: then it is 0
    template <class Action>
    void runs(CLI::App& command, Action action) {
        command.final_callback([this, action] {
            chosen_ = [action] {
                if constexpr (std::is_void_v<decltype(action())>) {
                    action();
                    return 0;
                } else {
                    return action();
                }
            };
        });
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
        runs(command, [this] { serve(arguments_); });
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
        runs(up, [this] { migrate_up(load_quiet_config(arguments_)); });
        CLI::App& down = *group.add_subcommand("down", "Take back migrations, with the data they hold");
        down.add_option("N", arguments_.steps, "How many (1)")->check(CLI::Range(1, 10'000));
        add_data_directory(down);
        down.footer(
            "Refused while a server runs on the SQLite file; stop all servers of a PostgreSQL database "
            "first.\nExample: alma-leads migrate down 2");
        runs(down, [this] { migrate_down(load_quiet_config(arguments_), arguments_.steps); });
        CLI::App& status = *group.add_subcommand("status", "List migrations, applied and pending");
        add_data_directory(status);
        add_json(status);
        status.footer("Example: alma-leads migrate status --json");
        runs(status, [this] { print_migrations(load_quiet_config(arguments_), arguments_.wants_json); });
    }

    void add_json(CLI::App& command) {
        command.add_flag("--json", arguments_.wants_json, "Print JSON, for programs");
    }

    CLI::App& add_user_command(CLI::App& group, const std::string& name, const std::string& meaning,
                               bool needs_email, bool needs_password) {
        CLI::App& command = *group.add_subcommand(name, meaning);
        if (needs_email) command.add_option("EMAIL", arguments_.email, "Of the user")->required();
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
        add_user_command(group, "invite",
                         "Create an account, and mail its user a link to choose the password", true, false)
            .add_option("--role", arguments_.role, "ATTORNEY (default) or ADMIN");
        add_user_command(group, "list", "List all accounts", false, false);
        add_user_command(group, "set-password",
                         "Give an account a new password; ends its sessions and tokens", true, true);
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

    void add_import() {
        CLI::App& command = *cli_.add_subcommand("import", "Take over from the original service");
        ImportArguments& arguments = arguments_.import;
        command.add_option("--from", arguments.from, "URL of the original's PostgreSQL database");
        command.add_flag("--copy-resumes", arguments.copies_resumes,
                         "Copy resumes from the original's bucket into our store");
        command.add_flag("--dry-run", arguments.is_dry_run,
                         "List what an empty database could not take as it is, and write nothing");
        command.add_option("--bucket", arguments.bucket,
                           "Where the resumes are now, when the bucket was moved");
        command.add_option("--region", arguments.region, "Of the bucket, when the original's rows are wrong");
        add_data_directory(command);
        add_json(command);
        command.footer(
            "Users keep their passwords, roles and state; leads their UUIDs, times and status; failed\n"
            "notifications come along. Resumes can be downloaded at once: they are read in the original's\n"
            "bucket, with IMPORT_AWS_ACCESS_KEY_ID or else AWS_ACCESS_KEY_ID and what belongs to it, until\n"
            "--copy-resumes has brought them into our store.\n"
            "The original's database is only read, in one snapshot, and may be in use. The import may be\n"
            "interrupted and repeated: what is there stays as it is, what is new is added. No server may\n"
            "run on an SQLite file meanwhile; on PostgreSQL servers may run.\n"
            "Lists each row that could not be taken as it is, with the reason:\n"
            "  refused     it was not taken: do as the line says, and import again\n"
            "  changed     it was taken, but not as it was\n"
            "  not copied  the resume stays in the original's bucket, if it is there\n"
            "Leave the password out of the URL: PGPASSWORD and ~/.pgpass are read. --json prints a JSON\n"
            "object a line, the last one with the totals.\n"
            "Exit status: 0 everything was taken, 3 something was refused or not copied, 1 it failed,\n"
            "2 the command line or a setting is wrong.\n"
            "Examples:\n"
            "  alma-leads import --from postgresql://leads@old-db/leads_db --dry-run\n"
            "  alma-leads import --from postgresql://leads@old-db/leads_db\n"
            "  alma-leads import --copy-resumes");
        runs(command, [this] { return import_original(arguments_); });
    }

    void add_audit() {
        CLI::App& group = *cli_.add_subcommand("audit", "Look after the audit log");
        group.require_subcommand(1);
        group.footer("Example: alma-leads audit verify");
        CLI::App& verify = *group.add_subcommand("verify", "Check the chain of the audit log");
        verify
            .add_option("--expect", arguments_.expected_heads,
                        "A head that was noted before, as POSITION:HASH; may be given more than once")
            ->type_name("HEAD")
            ->expected(1)
            ->take_all();
        add_data_directory(verify);
        add_json(verify);
        verify.footer(
            "Walks the chain from its first entry, and lists what is wrong:\n"
            "  changed   an entry was edited, or stood elsewhere\n"
            "  missing   entries were deleted\n"
            "  not met   the chain does not have the hash of --expect: it was cut, or made anew\n"
            "  unsealed  entries wait for longer than a minute: no service runs, or it fails\n"
            "and prints the head, which also stands in the service's log: at its start, every\n"
            "hour, and at its stop. Only a head that was kept elsewhere, and is given as --expect,\n"
            "shows that the end of the chain was cut off. May run while services run.\n"
            "Exit status: 0 all is as it was written, 3 something is not, 1 it failed, 2 the\n"
            "command line or a setting is wrong.\n"
            "Examples:\n  alma-leads audit verify\n  alma-leads audit verify --expect 1234:9f86d081…");
        runs(verify, [this] { return audit_verify(arguments_); });
    }

    CLI::App cli_{"Leads management for law firms", "alma-leads"};
    Arguments arguments_;
    std::function<int()> chosen_;
};

}  // namespace

int run_command_line(int argc, char** argv) {
    ::umask(0077);  // everything that is written is this user's alone
    const auto report = [](const char* what, int status) {
        log::flush();
        fmt::print(stderr, "alma-leads: {}\n", what);
        return status;
    };
    try {
        return CommandLine().run(argc, argv);
    } catch (const Error& error) {
        return report(error.what(), error.kind() == ErrorKind::invalid ? misused : failed);
    } catch (const std::exception& failure) {
        return report(failure.what(), failed);
    }
}

}  // namespace alma::app
