/// The `.env` file: variables for those who do not set them in the environment.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace alma::app {

/// Names and values, as they stand in an environment.
using Environment = std::map<std::string, std::string, std::less<>>;

/// Reads what Docker Compose and python-dotenv read alike:
///
///     line    = [ entry ] *blank [ "#" comment ]
///     entry   = [ "export" blank ] name *blank "=" *blank value
///     name    = ( letter / "_" ) *( letter / digit / "_" )
///     value   = single / double / bare
///     single  = "'" *( any but "'" ) "'"                  taken as it is
///     double  = DQUOTE *( any but DQUOTE and "\" / "\" any ) DQUOTE     \n \r \t \" \\ \$ are escapes
///     bare    = up to the end of the line or " #", without surrounding blanks
///
/// Values end on their line; variables are not expanded. The last of a repeated name counts. Lines may end
/// with CR LF, and the file may begin with a byte order mark.
///
///     export MAIL_PASSWORD='p#ss$word'   # the relay's
///
/// @throws Error{invalid} naming the first line that is none of these: ".env line 3: ...". Never shows a
/// value.
Environment parse_env_file(std::string_view text);

/// The file's variables; nothing when there is no such file.
/// @throws Error{invalid} when it cannot be read, is over 64 KiB, or does not parse
Environment read_env_file(const std::filesystem::path& file);

}  // namespace alma::app
