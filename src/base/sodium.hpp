/// libsodium, which passwords, tokens and UUIDs use.
#pragma once

namespace alma {

/// For the start of main(): libsodium wants it before any other call, from one thread. It also selects the
/// fast implementations for this processor.
void initialise_sodium();

}  // namespace alma
