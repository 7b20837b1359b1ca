#include "mail/smtp_mailer.hpp"

#include "base/error.hpp"
#include "support/parsed_mail.hpp"
#include "support/run.hpp"
#include "support/smtp_server.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <thread>

namespace alma::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

Mail a_mail(std::vector<std::string> to = {"ann@law.example"}) {
    return {.message_id = "550e8400-e29b-41d4-a716-446655440000",
            .to = std::move(to),
            .reply_to = Mailbox{.name = "张伟", .address = "zhang@example.com"},
            .subject = "Grüße",
            .text = "Hello\n.\n..dots\n\n.\nend\n",
            .html = "<p>Hello</p>\n"};
}

SmtpConfig plain(const SmtpServer& server) {
    SmtpConfig config;
    config.server = "127.0.0.1";
    config.port = server.port();
    config.from = "Firm <office@firm.example>";
    config.starttls = false;
    config.timeout = 10s;
    config.connections = 1;
    return config;
}

SmtpConfig with_tls(const SmtpServer& server) {
    SmtpConfig config = plain(server);
    config.starttls = true;
    config.ca_file = server.ca_file();
    return config;
}

struct Failure {
    std::string text;
    bool is_permanent = false;
};

Failure failure_of(SmtpMailer& mailer, Mail mail = a_mail()) {
    try {
        run(mailer.send(std::move(mail)));
    } catch (const MailError& error) {
        return {.text = error.what(), .is_permanent = error.is_permanent()};
    }
    ADD_FAILURE() << "the mail was sent";
    return {};
}

TEST(SmtpMailer, SendsEachMailOverOneConnectionByteForByte) {
    const SmtpServer server;
    SmtpMailer mailer(plain(server));
    run(mailer.send(a_mail({"ann@law.example", "bob@law.example"})));
    run(mailer.send(a_mail()));
    const auto messages = server.messages();
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_THAT(messages[0].recipients(), ElementsAre("ann@law.example", "bob@law.example"));
    EXPECT_EQ(messages[0].envelope.at("sender").as_string(), "office@firm.example");
    EXPECT_EQ(messages[0].envelope.at("ehlo").as_string(), "firm.example");
    EXPECT_EQ(messages[0].envelope.at("connection"), messages[1].envelope.at("connection"));
    const ParsedMail parsed = parse_mail(messages[0].bytes);
    EXPECT_EQ(parsed.text, a_mail().text);
    EXPECT_EQ(parsed.header("Subject"), "Grüße");
    EXPECT_EQ(parsed.reply_to_name, "张伟");
}

TEST(SmtpMailer, UsesStarttlsAndLogsIn) {
    const SmtpServer server({"--tls", "starttls", "--user", "ann@x.y", "--password", "p:ä s"});
    SmtpConfig config = with_tls(server);
    config.username = "ann@x.y";
    config.password = "p:ä s";
    SmtpMailer mailer(config);
    run(mailer.send(a_mail()));
    EXPECT_TRUE(server.messages().at(0).envelope.at("tls").as_bool());
    EXPECT_EQ(server.messages().at(0).envelope.at("user").as_string(), "ann@x.y");
}

TEST(SmtpMailer, SpeaksTlsFromTheFirstByte) {
    const SmtpServer server({"--tls", "implicit"});
    SmtpConfig config = with_tls(server);
    config.ssl_tls = true;
    SmtpMailer mailer(config);
    run(mailer.send(a_mail()));
    EXPECT_TRUE(server.messages().at(0).envelope.at("tls").as_bool());
}

TEST(SmtpMailer, NeverSendsWithoutTheTlsThatIsAskedFor) {
    const SmtpServer server({"--tls", "none"});
    SmtpConfig config = plain(server);
    config.starttls = true;
    SmtpMailer mailer(config);
    EXPECT_FALSE(failure_of(mailer).is_permanent);
    EXPECT_THAT(server.messages(), IsEmpty());
}

TEST(SmtpMailer, RefusesACertificateThatNoTrustedCaSigned) {
    for (const bool is_implicit : {false, true}) {
        const SmtpServer server({"--tls", is_implicit ? "implicit" : "starttls"});
        SmtpConfig config = with_tls(server);
        config.ssl_tls = is_implicit;
        config.ca_file.clear();
        SmtpMailer mailer(config);
        EXPECT_THAT(failure_of(mailer).text, HasSubstr("certificate"));
        EXPECT_THAT(server.messages(), IsEmpty());
    }
}

TEST(SmtpMailer, ARefusedLoginIsTemporaryAndShowsTheServersWordsButNotThePassword) {
    const SmtpServer server({"--user", "ann", "--password", "right"});
    SmtpConfig config = plain(server);
    config.username = "ann";
    config.password = "credentials";
    SmtpMailer mailer(config);
    const Failure failure = failure_of(mailer);
    EXPECT_EQ(failure.text, "535 5.7.8 Authentication *** invalid");
    EXPECT_FALSE(failure.is_permanent);
}

TEST(SmtpMailer, WithoutALoginTheServersWishForOneIsShown) {
    const SmtpServer server({"--user", "ann", "--password", "right"});
    SmtpMailer mailer(plain(server));
    EXPECT_THAT(failure_of(mailer).text, HasSubstr("530"));
}

TEST(SmtpMailer, TemporaryAndPermanentRefusalsAreToldApart) {
    const SmtpServer server;
    SmtpMailer mailer(plain(server));
    const Failure busy = failure_of(mailer, a_mail({"code452@law.example"}));
    EXPECT_EQ(busy.text, "452 4.1.1 <code452@law.example>: refused on demand");
    EXPECT_FALSE(busy.is_permanent);
    const Failure unknown = failure_of(mailer, a_mail({"code550@law.example"}));
    EXPECT_EQ(unknown.text, "550 5.1.1 <code550@law.example>: refused on demand");
    EXPECT_TRUE(unknown.is_permanent);
    struct Case {
        const char* mode;
        const char* text;
        bool is_permanent;
    };
    for (const auto& [mode, text, is_permanent] :
         {Case{"refuse_data", "554 5.6.0 Message refused on demand", true},
          Case{"defer", "451 4.3.0 Try again later", false},
          Case{"refuse_sender", "550 5.7.1 Sender refused", true},
          Case{"busy", "421 4.3.2 Too busy, try again later", false}}) {
        server.set_mode(mode);
        // A kept connection has been greeted already.
        SmtpMailer fresh(plain(server));
        const Failure failure = failure_of(fresh);
        EXPECT_EQ(failure.text, text) << mode;
        EXPECT_EQ(failure.is_permanent, is_permanent) << mode;
    }
    EXPECT_THAT(server.messages(), IsEmpty());
    server.set_mode("ok");
    run(mailer.send(a_mail()));
    EXPECT_EQ(server.messages().size(), 1u);
}

TEST(SmtpMailer, ARefusedRecipientDoesNotKeepTheMailFromTheOthers) {
    const SmtpServer server;
    SmtpMailer mailer(plain(server));
    const Delivery delivery = run(
        mailer.send(a_mail({"code550@law.example", "ann@law.example", "code452@müller.example", "a@x,y.z"})));
    EXPECT_THAT(server.messages().at(0).recipients(), ElementsAre("ann@law.example"));
    ASSERT_EQ(delivery.refused.size(), 3u);
    EXPECT_EQ(delivery.refused[0].recipient, "code550@law.example");
    EXPECT_THAT(delivery.refused[0].reply, HasSubstr("550 5.1.1"));
    EXPECT_TRUE(delivery.refused[0].is_permanent);
    EXPECT_EQ(delivery.refused[1].recipient, "code452@müller.example") << "not as it is on the wire";
    EXPECT_FALSE(delivery.refused[1].is_permanent);
    EXPECT_EQ(delivery.refused[2].recipient, "a@x,y.z");
}

std::ptrdiff_t open_descriptors() {
    return std::ranges::distance(std::filesystem::directory_iterator("/proc/self/fd"));
}

TEST(SmtpMailer, ARefusalThatBeginsWithAnEmptyLineLeavesNoConnectionBehind) {
    const SmtpServer server;
    SmtpMailer mailer(plain(server));
    const auto refuse = [&mailer] {
        const Failure failure = failure_of(mailer, a_mail({"code550-@law.example"}));
        EXPECT_EQ(failure.text, "550 5.1.1 <code550-@law.example>: refused on demand");
        EXPECT_TRUE(failure.is_permanent);
    };
    refuse();
    const std::ptrdiff_t before = open_descriptors();
    for (int i = 0; i < 10; ++i)
        refuse();
    EXPECT_EQ(open_descriptors(), before);
}

TEST(SmtpMailer, AServerThatFallsSilentIsGivenUpInTime) {
    const SmtpServer server;
    for (const char* mode : {"hang_connect", "hang_data"}) {
        server.set_mode(mode);
        SmtpConfig config = plain(server);
        config.timeout = 1s;
        SmtpMailer mailer(config);
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_FALSE(failure_of(mailer).is_permanent) << mode;
        EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s) << mode;
    }
}

TEST(SmtpMailer, AMailThatWaitsForAConnectionHasTheSameDeadline) {
    const SmtpServer server;
    server.set_mode("hang_data");
    SmtpConfig config = plain(server);
    config.timeout = 1s;
    SmtpMailer mailer(config);
    asio::io_context loop;
    int failures = 0;
    for (int i = 0; i < 3; ++i) {
        asio::co_spawn(loop, mailer.send(a_mail()),
                       [&](std::exception_ptr error, const Delivery&) { failures += !!error; });
    }
    const auto begin = std::chrono::steady_clock::now();
    loop.run();
    EXPECT_EQ(failures, 3);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
}

TEST(SmtpMailer, ADroppedConnectionIsATemporaryFailureAndTheNextMailGoesThrough) {
    const SmtpServer server;
    SmtpMailer mailer(plain(server));
    for (const char* mode : {"drop_connect", "drop_data"}) {
        server.set_mode(mode);
        const Failure failure = failure_of(mailer);
        EXPECT_FALSE(failure.is_permanent) << mode;
        EXPECT_THAT(failure.text, Not(IsEmpty())) << mode;
    }
    server.set_mode("ok");
    run(mailer.send(a_mail()));
    EXPECT_EQ(server.messages().size(), 1u);
}

TEST(SmtpMailer, AServerThatIsNotThereIsATemporaryFailure) {
    SmtpConfig config;
    {
        const SmtpServer server;
        config = plain(server);
    }
    SmtpMailer mailer(config);
    const Failure failure = failure_of(mailer);
    EXPECT_FALSE(failure.is_permanent);
    EXPECT_THAT(failure.text, HasSubstr("Failed to connect"));
}

TEST(SmtpMailer, NoAddressAddsACommand) {
    const SmtpServer server;
    SmtpMailer mailer(plain(server));
    for (const char* address :
         {"v@x.y>\r\nRCPT TO:<evil@x.y", "v@x.y\nRCPT TO:<evil@x.y>", "v\r@x.y", "v@x.y>,<evil@x.y"})
        EXPECT_TRUE(failure_of(mailer, a_mail({address})).is_permanent) << address;
    EXPECT_THAT(server.messages(), IsEmpty());
    run(mailer.send(a_mail({"a,b;c<d>@law.example"})));
    EXPECT_THAT(server.messages().at(0).recipients(), ElementsAre("\"a,b;c<d>\"@law.example"));
}

TEST(SmtpMailer, AnAddressBeyondAsciiNeedsAServerThatTakesIt) {
    const SmtpServer server;
    SmtpMailer mailer(plain(server));
    const Failure failure = failure_of(mailer, a_mail({"müller@law.example"}));
    EXPECT_TRUE(failure.is_permanent);
    EXPECT_THAT(failure.text, HasSubstr("SMTPUTF8"));
    EXPECT_THAT(server.messages(), IsEmpty());

    const SmtpServer modern({"--smtputf8"});
    SmtpMailer modern_mailer(plain(modern));
    run(modern_mailer.send(a_mail({"müller@law.example"})));
    EXPECT_THAT(modern.messages().at(0).recipients(), ElementsAre("müller@law.example"));
    EXPECT_TRUE(modern.messages().at(0).envelope.at("smtputf8").as_bool());
}

TEST(SmtpMailer, OneAddressBeyondAsciiDoesNotKeepTheMailFromTheOthers) {
    const SmtpServer server;
    SmtpMailer mailer(plain(server));
    const Delivery delivery =
        run(mailer.send(a_mail({"ann@law.example", "müller@law.example", "bob@law.example"})));
    ASSERT_THAT(delivery.refused, SizeIs(1));
    EXPECT_EQ(delivery.refused[0].recipient, "müller@law.example");
    EXPECT_THAT(delivery.refused[0].reply, HasSubstr("SMTPUTF8"));
    EXPECT_TRUE(delivery.refused[0].is_permanent);
    ASSERT_THAT(server.messages(), SizeIs(1));
    EXPECT_THAT(server.messages()[0].recipients(), ElementsAre("ann@law.example", "bob@law.example"));
}

TEST(SmtpMailer, StopBreaksOffWhatIsBeingSent) {
    const SmtpServer server;
    server.set_mode("hang_data");
    SmtpMailer mailer(plain(server));
    const auto begin = std::chrono::steady_clock::now();
    std::thread stopper([&] {
        std::this_thread::sleep_for(200ms);
        mailer.stop();
    });
    EXPECT_THAT(failure_of(mailer).text, HasSubstr("stopping"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
    stopper.join();
    EXPECT_FALSE(failure_of(mailer).is_permanent);
}

TEST(SmtpMailer, AConfigurationThatCannotWorkIsRefusedAtOnce) {
    const auto refused = [](auto change) {
        SmtpConfig config;
        config.server = "smtp.example";
        config.from = "a@b.c";
        change(config);
        EXPECT_THROW(SmtpMailer{config}, Error);
    };
    refused([](SmtpConfig& config) { config.server = "host/path"; });
    refused([](SmtpConfig& config) { config.server = "user@host"; });
    refused([](SmtpConfig& config) { config.server = ""; });
    refused([](SmtpConfig& config) { config.from = "nobody"; });
    refused([](SmtpConfig& config) { config.ca_file = "/nonexistent.pem"; });
}

}  // namespace
}  // namespace alma::mail
