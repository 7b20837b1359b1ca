#include "app/config.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace alma::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Config config_of(const Environment& environment) {
    return read_config(environment, {});
}

std::string complaint_about(const Environment& environment) {
    try {
        read_config(environment, {});
    } catch (const Error& error) {
        return error.detail();
    }
    return "";
}

TEST(Config, DefaultsAreTheDocumentedOnes) {
    const Config config = config_of({});
    EXPECT_EQ(config.server.host, "127.0.0.1");
    EXPECT_EQ(config.server.port, 8000);
    EXPECT_EQ(config.server.limits.connections, 1024U);
    EXPECT_EQ(config.data_directory, "./data");
    EXPECT_EQ(config.database(), "./data/leads.db");
    EXPECT_EQ(config.token_lifetime, std::chrono::minutes(30));
    EXPECT_TRUE(config.smtp.server.empty());
    EXPECT_EQ(config.smtp.port, 587);
    EXPECT_TRUE(config.smtp.starttls);
    EXPECT_FALSE(config.smtp.ssl_tls);
    EXPECT_EQ(config.outbox.max_attempts, 3);
    EXPECT_EQ(config.outbox.retry_base, std::chrono::seconds(1));
    EXPECT_EQ(config.lead_rate->count, 5U);
    EXPECT_EQ(config.lead_rate->window, std::chrono::seconds(60));
    EXPECT_EQ(config.login_rate->count, 20U);
    EXPECT_EQ(config.log_level, log::Level::info);
    EXPECT_FALSE(config.log_format);
}

TEST(Config, TheEnvironmentWinsOverTheFileAndEmptyIsUnset) {
    EXPECT_EQ(read_config({{"PORT", "1"}}, {{"PORT", "2"}}).server.port, 1);
    EXPECT_EQ(read_config({{"PORT", ""}}, {{"PORT", "2"}}).server.port, 2);
    EXPECT_EQ(read_config({{"PORT", ""}}, {{"PORT", ""}}).server.port, 8000);
}

TEST(Config, EveryRefusalIsOneLineWithVariableProblemAndRemedy) {
    EXPECT_EQ(complaint_about({{"PORT", "80000"}}),
              "PORT is no number from 0 to 65535; valid is a TCP port, or 0 for any free one");
    const Environment wrong = {{"HOST", "a b"},
                               {"PORT", "x"},
                               {"DATABASE_URL", "mysql://x"},
                               {"SECRET_KEY", "short"},
                               {"ACCESS_TOKEN_EXPIRE_MINUTES", "0"},
                               {"MAIL_PORT", "0"},
                               {"MAIL_FROM", "nobody"},
                               {"MAIL_STARTTLS", "maybe"},
                               {"MAIL_SSL_TLS", "2"},
                               {"MAIL_CA_FILE", "/nowhere/ca.pem"},
                               {"MAIL_MAX_ATTEMPTS", "0"},
                               {"MAIL_RETRY_BASE_SECONDS", "61"},
                               {"LEAD_RATE_LIMIT", "5/fortnight"},
                               {"LOGIN_RATE_LIMIT", "many"},
                               {"TRUSTED_PROXIES", "10.0.0.0/33"},
                               {"PUBLIC_BASE_URL", "leads.example.com"},
                               {"FIRM_NAME", std::string(101, 'x')},
                               {"FORM_EMBED_ORIGINS", "www.firm.example"},
                               {"MAX_CONNECTIONS", "0"},
                               {"THREADS", "257"},
                               {"LOG_LEVEL", "loud"},
                               {"LOG_FORMAT", "xml"},
                               {"AWS_S3_BUCKET_NAME", "No_Bucket"}};
    for (const auto& [name, value] : wrong) {
        EXPECT_THAT(complaint_about({{name, value}}),
                    AllOf(StartsWith(name + " "), HasSubstr("; valid is "), Not(HasSubstr("\n"))));
    }
}

TEST(Config, APrefixThatIsTooLongIsCalledThat) {
    for (const auto& [network, bits] :
         {std::pair("10.0.0.0/33", "32 bits"), std::pair("fd00::/129", "128 bits"),
          std::pair("10.0.0.0/99999999999999999999", "32 bits")})
        EXPECT_THAT(complaint_about({{"TRUSTED_PROXIES", network}}),
                    AllOf(HasSubstr("prefix is longer than"), HasSubstr(bits)));
    for (const char* network : {"10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/x", "10.0.0.0/8x"})
        EXPECT_THAT(complaint_about({{"TRUSTED_PROXIES", network}}), HasSubstr("prefix is no number"))
            << network;
}

TEST(Config, OnlyAnAddressOfThisMachineCanBeListenedAt) {
    for (const char* host : {"127.0.0.1", "0.0.0.0", "localhost"})
        EXPECT_NO_THROW(check_listening_address(config_of({{"HOST", host}}))) << host;
    // RFC 5737: an address of documents, never of a machine.
    try {
        check_listening_address(config_of({{"HOST", "192.0.2.1"}}));
        ADD_FAILURE() << "it passed";
    } catch (const Error& error) {
        EXPECT_THAT(error.detail(), AllOf(StartsWith("HOST is no address of this machine; valid is ")));
    }
}

TEST(Config, ControlCharactersAreRefusedInEveryVariable) {
    EXPECT_THAT(complaint_about({{"MAIL_PASSWORD", "a\r\nRCPT TO:<x>"}}),
                HasSubstr("MAIL_PASSWORD holds a control character"));
}

TEST(Config, ARefusalNeverRepeatsTheValue) {
    EXPECT_THAT(complaint_about({{"SECRET_KEY", "hunter2"}}), Not(HasSubstr("hunter2")));
    EXPECT_THAT(complaint_about({{"DATABASE_URL", "postgresql://u:hunter2%@h/db"}}),
                AllOf(HasSubstr("percent-encode"), Not(HasSubstr("hunter2"))));
}

TEST(Config, TheSecretKeyIsLongAndNoPlaceholder) {
    EXPECT_THAT(complaint_about({{"SECRET_KEY", "your-secret-key-here"}}),
                AllOf(HasSubstr("placeholder"), HasSubstr("logging in anew")));
    EXPECT_THAT(complaint_about({{"SECRET_KEY", "your-secret-key-here-but-over-32-bytes"}}),
                HasSubstr("placeholder"));
    EXPECT_THAT(complaint_about({{"SECRET_KEY", std::string(31, 'k')}}), HasSubstr("has 31 bytes"));
    EXPECT_EQ(config_of({{"SECRET_KEY", std::string(32, 'k')}}).secret_key, std::string(32, 'k'));
}

TEST(Config, DatabaseUrlsAreSqlalchemys) {
    EXPECT_EQ(config_of({{"DATABASE_URL", "sqlite:///./here.db"}}).database(), "./here.db");
    EXPECT_EQ(config_of({{"DATABASE_URL", "sqlite:////var/lib/x.db"}}).database(), "/var/lib/x.db");
    EXPECT_EQ(config_of({{"DATA_DIR", "/srv/alma"}}).database(), "/srv/alma/leads.db");
    for (const char* url : {"sqlite:///", "sqlite:////dir/", "sqlite://x.db", "sqlite:///x.db?mode=ro"})
        EXPECT_THAT(complaint_about({{"DATABASE_URL", url}}), StartsWith("DATABASE_URL ")) << url;
}

TEST(Config, APostgresqlUrlChoosesThatEngine) {
    EXPECT_FALSE(config_of({}).uses_postgresql());
    const Config config =
        config_of({{"DATABASE_URL", "postgresql+asyncpg://u:p@a,b:5433/leads?sslmode=require"}});
    EXPECT_TRUE(config.uses_postgresql());
    EXPECT_EQ(config.postgresql_uri, "postgresql://u:p@a,b:5433/leads?sslmode=require");
}

TEST(Config, TheRetryBaseMayBeAFraction) {
    EXPECT_EQ(config_of({{"MAIL_RETRY_BASE_SECONDS", "0.25"}}).outbox.retry_base,
              std::chrono::milliseconds(250));
    for (const char* text : {"0", "-1", "60.5", "nan", "inf", "1e1", "1s"})
        EXPECT_THAT(complaint_about({{"MAIL_RETRY_BASE_SECONDS", text}}), HasSubstr("no number of seconds"))
            << text;
}

TEST(Config, RatesMayBeOff) {
    EXPECT_FALSE(config_of({{"LEAD_RATE_LIMIT", "off"}}).lead_rate);
    EXPECT_EQ(config_of({{"LEAD_RATE_LIMIT", "100/hour"}}).lead_rate->count, 100U);
}

TEST(Config, ProxiesAreNetworksOrSingleAddresses) {
    const auto proxies =
        config_of({{"TRUSTED_PROXIES", "10.1.2.3/8, 192.168.1.1,fd00::/8,::1"}}).server.trusted_proxies;
    ASSERT_EQ(proxies.v4.size(), 2U);
    EXPECT_EQ(proxies.v4[0].to_string(), "10.0.0.0/8");
    EXPECT_EQ(proxies.v4[1].to_string(), "192.168.1.1/32");
    ASSERT_EQ(proxies.v6.size(), 2U);
    EXPECT_EQ(proxies.v6[0].to_string(), "fd00::/8");
    for (const char* text : {"10.0.0.0/", "proxy.example.com", "10.0.0.1,", "::/129", "10.0.0.0/-1"})
        EXPECT_THAT(complaint_about({{"TRUSTED_PROXIES", text}}), StartsWith("TRUSTED_PROXIES ")) << text;
}

TEST(Config, ThePublicBaseUrlLosesItsFinalSlashAndReachesTheMails) {
    const Config config = config_of({{"PUBLIC_BASE_URL", "https://leads.firm.example/app/"}});
    EXPECT_EQ(config.server.public_base_url, "https://leads.firm.example/app");
    EXPECT_EQ(config.outbox.public_base_url, "https://leads.firm.example/app");
    for (const char* url : {"ftp://a.b", "https://", "https://u:p@a.b", "https://a.b/?q", "https://a.b/#f"})
        EXPECT_THAT(complaint_about({{"PUBLIC_BASE_URL", url}}), StartsWith("PUBLIC_BASE_URL ")) << url;
}

TEST(Config, LinksInMailsLeadToAServiceThatIsTriedOnOneMachine) {
    const auto base = [](const Environment& environment) {
        return config_of(environment).outbox.public_base_url;
    };
    EXPECT_EQ(base({}), "http://127.0.0.1:8000");
    EXPECT_EQ(base({{"HOST", "::1"}, {"PORT", "8080"}}), "http://[::1]:8080");
    EXPECT_EQ(base({{"HOST", "0.0.0.0"}}), "");
    EXPECT_EQ(base({{"HOST", "leads.firm.example"}}), "");
    EXPECT_EQ(base({{"PORT", "0"}}), "");
    EXPECT_EQ(base({{"TRUSTED_PROXIES", "127.0.0.1"}}), "") << "others come through the proxy";
}

TEST(Config, TheFormIsEmbeddedByOriginsAlone) {
    EXPECT_THAT(config_of({{"FORM_EMBED_ORIGINS", "https://WWW.firm.example/, http://[::1]:8080"}})
                    .form_embed_origins,
                ElementsAre("https://www.firm.example", "http://[::1]:8080"));
    for (const char* none :
         {"https://firm.example/page", "*", "'self'", "https://*.firm.example", "https://a;script-src *",
          "ftp://firm.example", "https://a b", "https://u@firm.example", "https://firm.example?x"})
        EXPECT_THAT(complaint_about({{"FORM_EMBED_ORIGINS", none}}), StartsWith("FORM_EMBED_ORIGINS holds"))
            << none;
}

TEST(Config, TheFirmsNameIsUtf8OfABoundedLength) {
    std::string longest;
    for (int i = 0; i < 100; ++i)
        longest += "é";
    EXPECT_EQ(config_of({{"FIRM_NAME", longest}}).firm_name, longest);
    EXPECT_THAT(complaint_about({{"FIRM_NAME", longest + "é"}}), HasSubstr("more than 100 characters"));
}

TEST(Config, AMailServerNeedsASender) {
    EXPECT_THAT(complaint_about({{"MAIL_SERVER", "smtp.firm.example"}}), StartsWith("MAIL_FROM is unset"));
    const Config config =
        config_of({{"MAIL_SERVER", "smtp.firm.example"}, {"MAIL_FROM", "Firm & Söhne <leads@firm.example>"}});
    EXPECT_EQ(config.smtp.from, "Firm & Söhne <leads@firm.example>");
}

TEST(Config, MailCredentialsComeInPairs) {
    Environment mail = {{"MAIL_SERVER", "smtp.firm.example"}, {"MAIL_FROM", "leads@firm.example"}};
    mail["MAIL_USERNAME"] = "leads";
    EXPECT_THAT(complaint_about(mail), StartsWith("MAIL_PASSWORD is unset"));
    mail["MAIL_PASSWORD"] = "secret";
    EXPECT_EQ(config_of(mail).smtp.username, "leads");
}

TEST(Config, ABucketNeedsAKeyAndItsRegion) {
    Environment s3 = {{"AWS_S3_BUCKET_NAME", "resumes"}};
    EXPECT_THAT(complaint_about(s3), StartsWith("AWS_ACCESS_KEY_ID is unset"));
    s3["AWS_ACCESS_KEY_ID"] = "key";
    EXPECT_THAT(complaint_about(s3), StartsWith("AWS_SECRET_ACCESS_KEY is unset"));
    s3["AWS_SECRET_ACCESS_KEY"] = "secret";
    EXPECT_THAT(complaint_about(s3), StartsWith("AWS_REGION is unset"));
    s3["AWS_REGION"] = "eu-central-1";
    s3["AWS_SESSION_TOKEN"] = "token";
    const storage::S3Config config = config_of(s3).s3;
    EXPECT_EQ(config.bucket, "resumes");
    EXPECT_EQ(config.region, "eu-central-1");
    EXPECT_EQ(config.credentials.access_key_id, "key");
    EXPECT_EQ(config.credentials.secret_access_key, "secret");
    EXPECT_EQ(config.credentials.session_token, "token");
    EXPECT_EQ(config.endpoint, "");
}

TEST(Config, AnEndpointOfOnesOwnNeedsNoRegion) {
    Environment s3 = {{"AWS_S3_BUCKET_NAME", "resumes"},
                      {"AWS_ACCESS_KEY_ID", "key"},
                      {"AWS_SECRET_ACCESS_KEY", "secret"},
                      {"AWS_ENDPOINT_URL", "http://127.0.0.1:9000/"}};
    EXPECT_EQ(config_of(s3).s3.endpoint, "http://127.0.0.1:9000");
    EXPECT_EQ(config_of(s3).s3.region, "us-east-1");
    for (const auto& [name, value] : Environment{{"AWS_ENDPOINT_URL", "127.0.0.1:9000"},
                                                 {"AWS_REGION", "eu_central"},
                                                 {"AWS_SECRET_ACCESS_KEY", "a hunter2"}}) {
        Environment wrong = s3;
        wrong[name] = value;
        EXPECT_THAT(complaint_about(wrong), AllOf(StartsWith(name + " "), Not(HasSubstr("hunter2"))));
    }
}

TEST(Config, WithoutABucketTheVariablesOfAwsAreThoseOfOtherPrograms) {
    EXPECT_EQ(complaint_about(
                  {{"AWS_REGION", "what ever"}, {"AWS_ENDPOINT_URL", "x"}, {"AWS_ACCESS_KEY_ID", "a b"}}),
              "");
}

TEST(Config, TheBucketOfTheOriginalServiceIsReadWithTheOwnKeyOrWithAWholeSetOfItsOwn) {
    Environment set = {{"AWS_ACCESS_KEY_ID", "key"},
                       {"AWS_SECRET_ACCESS_KEY", "secret"},
                       {"AWS_ENDPOINT_URL", "http://127.0.0.1:9000"}};
    Config config = config_of(set);
    EXPECT_EQ(config.original_s3.credentials.access_key_id, "key");
    EXPECT_EQ(config.original_s3.endpoint, "http://127.0.0.1:9000");
    EXPECT_EQ(config.original_s3.names.access_key_id, "AWS_ACCESS_KEY_ID");

    set["IMPORT_AWS_ACCESS_KEY_ID"] = "other";
    EXPECT_THAT(complaint_about(set), StartsWith("IMPORT_AWS_SECRET_ACCESS_KEY is unset"));
    set["IMPORT_AWS_SECRET_ACCESS_KEY"] = "other secret";
    EXPECT_THAT(complaint_about(set), StartsWith("IMPORT_AWS_SECRET_ACCESS_KEY holds a blank"));
    set["IMPORT_AWS_SECRET_ACCESS_KEY"] = "other-secret";
    config = config_of(set);
    EXPECT_EQ(config.original_s3.credentials.access_key_id, "other");
    EXPECT_EQ(config.original_s3.endpoint, "") << "AWS's own, not that of the own store";
    EXPECT_EQ(config.original_s3.names.access_key_id, "IMPORT_AWS_ACCESS_KEY_ID");
    EXPECT_EQ(config.s3.credentials.access_key_id, "key");

    EXPECT_THAT(complaint_about({{"IMPORT_AWS_ENDPOINT_URL", "https://s3.firm.example"}}),
                StartsWith("IMPORT_AWS_ACCESS_KEY_ID is unset"));
}

TEST(Config, BucketsHaveTheNamesThatAwsAllows) {
    for (const char* name : {"ab", "-ab", "ab-", ".ab", "a..b", "Resumes", "re_sumes", "a/b", "a b"})
        EXPECT_THAT(complaint_about({{"AWS_S3_BUCKET_NAME", name}}),
                    StartsWith("AWS_S3_BUCKET_NAME is no name"))
            << name;
    EXPECT_THAT(complaint_about({{"AWS_S3_BUCKET_NAME", std::string(64, 'a')}}),
                StartsWith("AWS_S3_BUCKET_NAME "));
    EXPECT_THAT(complaint_about({{"AWS_S3_BUCKET_NAME", "firm.resumes-2"}}),
                StartsWith("AWS_ACCESS_KEY_ID "));
}

TEST(Config, SendersAreAnAddressOrANameAndAnAddress) {
    for (const char* sender : {"a>", "Firm <a@b>", "\"Firm\" <a@b.example>", "x<y <a@b.example>", "<>"})
        EXPECT_THAT(complaint_about({{"MAIL_FROM", sender}}), StartsWith("MAIL_FROM ")) << sender;
}

TEST(Config, HostsAreNamesOrAddresses) {
    for (const char* host : {"localhost", "::1", "0.0.0.0", "smtp-1.firm.example", "127.0.0.1"})
        EXPECT_EQ(config_of({{"HOST", host}}).server.host, host);
    for (const char* host : {"999.1.1.1", "host:80", "[::1]", "http://host", "host."})
        EXPECT_THAT(complaint_about({{"HOST", host}}), StartsWith("HOST ")) << host;
}

TEST(Config, MisspeltNamesOfTheFileGetAHint) {
    EXPECT_THAT(spelling_hints({{"MAIL_SEVER", "x"},
                                {"POSTGRES_PASSWORD", "x"},
                                {"port", "1"},
                                {"HOST", "x"},
                                {"PROT", "1"},
                                {"HOME", "/"}}),
                ElementsAre("MAIL_SEVER in .env is unknown; did you mean MAIL_SERVER?",
                            "PROT in .env is unknown; did you mean PORT?",
                            "port in .env is unknown; did you mean PORT?"));
}

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(std::filesystem::path(ALMA_SOURCE_DIRECTORY) / file).rdbuf();
    return text.str();
}

TEST(Config, TheDocumentationListsEveryVariableWithItsDefaultAndMeaning) {
    const std::string page = text_of("docs/configuration.md");
    for (const Variable& variable : variables()) {
        EXPECT_THAT(page, HasSubstr(fmt::format("| `{}` | {} | {}", variable.name, variable.default_value,
                                                variable.meaning)));
    }
}

TEST(Config, TheExampleFileShowsEveryVariableAndParsesOnceUncommented) {
    std::istringstream example(text_of(".env.example"));
    std::string uncommented;
    for (std::string line; std::getline(example, line);) {
        const bool is_setting = line.starts_with("#") && !line.starts_with("# ");
        uncommented += (is_setting ? line.substr(1) : line) + "\n";
    }
    const Environment file = parse_env_file(uncommented);
    for (const Variable& variable : variables())
        EXPECT_TRUE(file.contains(variable.name)) << variable.name;
    EXPECT_EQ(file.size(), variables().size());
    EXPECT_THAT(read_config({}, file).server.host, "127.0.0.1");
}

TEST(Config, TheExampleFileChangesNothingAsItIs) {
    EXPECT_THAT(parse_env_file(text_of(".env.example")), IsEmpty());
}

}  // namespace
}  // namespace alma::app
