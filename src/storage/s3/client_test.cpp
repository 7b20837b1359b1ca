// Against a real server, behind a proxy that fails when it is told to.
#include "storage/s3/client.hpp"

#include "support/s3_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::storage::s3 {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(S3Backoff, DoublesUpToFiveSecondsWithJitterOverTheWholeSpan) {
    EXPECT_EQ(backoff(100ms, 2, 0.5), 50ms);
    EXPECT_EQ(backoff(100ms, 3, 0.5), 100ms);
    EXPECT_EQ(backoff(100ms, 5, 0.5), 400ms);
    EXPECT_EQ(backoff(100ms, 1000, 0.5), 2500ms);
    EXPECT_EQ(backoff(100ms, 4, 0.0), 0ms);
}

class S3ClientTest : public testing::Test {
protected:
    ~S3ClientTest() override { server.set_faults("{}"); }

    static Answer send(const S3Config& with, const std::string& method, const std::string& key) {
        Client client(with);
        Request request{.method = method, .key = key};
        return run(client.send(std::move(request)));
    }

    static std::string cause_with(const S3Config& with, const std::string& method = "GET") {
        try {
            send(with, method, "any");
        } catch (const S3Error& error) {
            return error.what();
        }
        return "it passed";
    }

    S3Server& server = S3Server::shared();
    S3Config config = server.new_bucket();
};

TEST_F(S3ClientTest, ASignedRequestIsAnswered) {
    EXPECT_EQ(send(config, "PUT", "a b/ü+%").status, 200);
    EXPECT_EQ(send(config, "GET", "a b/ü+%").status, 200);
    EXPECT_EQ(send(config, "GET", "missing").code, "NoSuchKey");
    EXPECT_EQ(send(config, "DELETE", "a b/ü+%").status, 204);
}

TEST_F(S3ClientTest, TheCauseNamesTheVariableThatIsWrong) {
    S3Config wrong = config;
    wrong.credentials.secret_access_key = "canary-secret";
    EXPECT_THAT(cause_with(wrong), HasSubstr("AWS_SECRET_ACCESS_KEY"));
    EXPECT_THAT(cause_with(wrong), Not(HasSubstr("canary")));
    wrong = config;
    wrong.credentials.access_key_id = "nobody:nobody";
    EXPECT_THAT(cause_with(wrong), HasSubstr("AWS_ACCESS_KEY_ID"));
    wrong = config;
    wrong.bucket = "no-such-bucket";
    EXPECT_THAT(cause_with(wrong), HasSubstr("AWS_S3_BUCKET_NAME"));
    wrong = config;
    wrong.region = "eu-central-1";
    EXPECT_THAT(cause_with(wrong),
                HasSubstr("AWS_REGION is not the region of the bucket, which is us-east-1"));
}

TEST_F(S3ClientTest, TheCauseNamesTheEndpointThatDoesNotAnswerAndShowsNoUrl) {
    S3Config wrong = config;
    wrong.max_attempts = 2;
    wrong.endpoint = "http://127.0.0.1:1";
    EXPECT_THAT(cause_with(wrong), HasSubstr("AWS_ENDPOINT_URL) takes no connection"));
    wrong.endpoint = "http://no-such-host.invalid";
    EXPECT_THAT(cause_with(wrong), HasSubstr("cannot be resolved"));
    EXPECT_THAT(cause_with(wrong), Not(HasSubstr("invalid")));
    wrong.endpoint = "https" + config.endpoint.substr(4);  // what answers there speaks no TLS
    EXPECT_THAT(cause_with(wrong), HasSubstr("TLS"));
}

TEST_F(S3ClientTest, FailuresThatMayPassAreTriedAgain) {
    for (const char* fault : {"500", "503", "lost_answer", "cut_answer", "stall"}) {
        server.set_faults(fmt::format(R"({{"next": ["{0}", "{0}"], "only": ["GET"]}})", fault));
        EXPECT_EQ(send(config, "GET", "missing").status, 404) << fault;
    }
}

TEST_F(S3ClientTest, AFailureThatNoAttemptCanMendIsNotTriedAgain) {
    S3Config wrong = config;
    wrong.credentials.secret_access_key = "wrong";
    wrong.retry_base = 10s;
    const auto begin = std::chrono::steady_clock::now();
    cause_with(wrong);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
}

TEST_F(S3ClientTest, AttemptsAreBounded) {
    server.set_faults(R"({"next": ["500", "500", "500", "none"], "only": ["GET"]})");
    config.max_attempts = 3;
    EXPECT_THAT(cause_with(config), HasSubstr("500 InternalError"));
    EXPECT_EQ(send(config, "GET", "missing").status, 404) << "the fourth request is the first that passes";
}

TEST_F(S3ClientTest, AStoreThatHangsCostsNoMoreThanTheTimeOfAnOperation) {
    server.set_faults(R"({"rate": 1, "kinds": ["stall"]})");
    config.timeout = 1500ms;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(cause_with(config), HasSubstr("did not answer in time"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
}

TEST_F(S3ClientTest, LessThanAMillisecondIsNoTimeAndNotNoLimit) {
    server.set_faults(R"({"next": ["stall", "stall", "stall"], "only": ["GET"]})");
    for (const auto timeout : {0ms, 1ms}) {
        config.timeout = timeout;
        EXPECT_THAT(cause_with(config), HasSubstr("busy for too long"));
    }
}

TEST_F(S3ClientTest, WhoWaitsTooLongForAConnectionIsToldSo) {
    server.set_faults(R"({"next": ["stall"], "only": ["GET"]})");
    config.connections = 1;
    config.longest_wait = 100ms;
    config.max_attempts = 1;
    Client client(config);
    asio::io_context loop;
    std::vector<std::string> causes;
    for (int i = 0; i < 2; ++i) {
        Request request{.method = "GET", .key = "any"};
        asio::co_spawn(loop, client.send(std::move(request)),
                       [&](const std::exception_ptr& failure, const Answer&) {
                           try {
                               if (failure) std::rethrow_exception(failure);
                           } catch (const S3Error& error) {
                               causes.emplace_back(error.what());
                           }
                       });
    }
    loop.run();
    EXPECT_THAT(causes, testing::ElementsAre(HasSubstr("in time"), HasSubstr("busy for too long")));
}

TEST_F(S3ClientTest, TheQueueForConnectionsIsBounded) {
    config.connections = 0;  // nobody works it off
    config.max_waiting = 0;
    Client client(config);
    Request request{.method = "GET", .key = "any"};
    try {
        run(client.send(std::move(request)));
        ADD_FAILURE() << "it ran without a connection";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    }
}

TEST_F(S3ClientTest, AProbeDoesNotWaitForConnectionsThatHang) {
    server.set_faults(R"({"next": ["stall"], "only": ["GET"]})");
    config.connections = 1;
    config.stall_timeout = 3s;
    Client client(config);
    asio::io_context loop;
    Request hanging{.method = "GET", .key = "any"};
    asio::co_spawn(loop, client.send(std::move(hanging)), [](const std::exception_ptr&, const Answer&) {});
    Request probing{.method = "HEAD"};
    std::chrono::steady_clock::duration took{};
    const auto begin = std::chrono::steady_clock::now();
    asio::co_spawn(loop, client.probe(std::move(probing)),
                   [&](const std::exception_ptr& failure, const Answer&) {
                       EXPECT_FALSE(failure);
                       took = std::chrono::steady_clock::now() - begin;
                   });
    loop.run();
    EXPECT_LT(took, 2s);
}

TEST_F(S3ClientTest, ItsEndBreaksOffWhatIsUnderWay) {
    server.set_faults(R"({"rate": 1, "kinds": ["stall"]})");
    config.stall_timeout = 60s;
    const auto begin = std::chrono::steady_clock::now();
    asio::io_context loop;  // outlives those who post to it
    {
        Client client(config);
        Request request{.method = "GET", .key = "any"};
        asio::co_spawn(loop, client.send(std::move(request)),
                       [](const std::exception_ptr&, const Answer&) {});
        loop.run_for(300ms);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(S3ClientTest, ASessionTokenIsSentAndSigned) {
    // Swift knows no such tokens, but refuses an x-amz header that is not signed.
    config.credentials.session_token = "a-token/with+signs==";
    EXPECT_EQ(send(config, "PUT", "with-token").status, 200);
}

}  // namespace
}  // namespace alma::storage::s3
