/// Characters that show nothing, or turn the direction of what follows them.
#pragma once

#include <string>
#include <string_view>

namespace alma {

/// `text` with each such character replaced: what is shown is then what is there ("cv<U+202E>fdp.exe" shows
/// as "cvexe.pdf", which is the deceit of CVE-2021-42574).
///
/// They are the code points of Unicode 15.0 with the property Default_Ignorable_Code_Point
/// (DerivedCoreProperties.txt) or Bidi_Control (PropList.txt), and the line and paragraph separators (general
/// categories Zl and Zp); but for those that words and emoji are spelt with: the joiners U+200C and U+200D
/// (Persian, Indic scripts, emoji), the combining grapheme joiner U+034F, and variation selectors (emoji, the
/// forms of Han characters in names, Mongolian).
/// @param text well-formed UTF-8
/// @param with in place of each; may be empty
std::string replace_invisible(std::string_view text, std::string_view with);

}  // namespace alma
