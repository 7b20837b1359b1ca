/// What goes wrong between us and an S3 store, in the words of whoever can mend it.
#pragma once

#include "base/error.hpp"
#include "storage/s3/s3_config.hpp"

#include <string>
#include <string_view>

namespace alma::storage::s3 {

/// The client reads that the store is unavailable; what() has the cause, for logs and the command line. It
/// names variables and never holds their values, a URL or a credential.
class S3Error : public Error {
public:
    explicit S3Error(std::string cause);
    [[nodiscard]] const char* what() const noexcept override { return cause_.c_str(); }

private:
    std::string cause_;
};

/// One attempt that failed.
struct Failure {
    std::string cause;
    bool is_temporary = false;  ///< another attempt may pass
};

/// Of an answer that is none of those a caller expects.
/// @param code from the body; may be empty
/// @param region where the store says that the bucket is; may be empty
Failure failure_of_answer(long status, std::string_view code, std::string_view region,
                          const S3SettingNames& names);

}  // namespace alma::storage::s3
