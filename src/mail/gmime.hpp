/// GMime's objects with owners. Only what builds or reads messages includes this.
#pragma once

#include <gmime/gmime.h>

#include <memory>

namespace alma::mail {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
/// A GMime object that is let go at the end.
template <class T>
using Ref = std::unique_ptr<T, Unref>;

struct Free {
    void operator()(char* text) const { g_free(text); }
};
/// A text that GLib allocated.
using GText = std::unique_ptr<char, Free>;

/// Before any use of GMime; from any thread, any number of times.
void initialize_gmime();

}  // namespace alma::mail
