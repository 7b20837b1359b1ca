#include "mail/gmime.hpp"

#include <mutex>

namespace alma::mail {

void initialize_gmime() {
    static std::once_flag once;
    std::call_once(once, [] { g_mime_init(); });
}

}  // namespace alma::mail
