#include "base/sodium.hpp"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>

namespace alma {

void initialise_sodium() {
    if (sodium_init() >= 0) return;
    // It fails only where the system has no source of random bytes: nothing of ours is safe then.
    std::fputs("alma-leads: libsodium cannot be initialised\n", stderr);
    std::exit(1);
}

}  // namespace alma
