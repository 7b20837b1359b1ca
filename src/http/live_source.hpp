/// Answers that go on for as long as there may be something to say.
#pragma once

#include "http/message.hpp"

namespace alma::http {

/// Its pieces come when something happens, be it in a second or in an hour. So the client is watched while
/// next() waits: when it goes, next() is cancelled, and the answer ends.
class LiveSource : public BodySource {};

}  // namespace alma::http
