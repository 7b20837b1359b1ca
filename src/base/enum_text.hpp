/// The text of an enumerator, the same in the API, the database and the logs: its name in upper case.
#pragma once

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

#include <array>
#include <optional>
#include <string_view>

namespace alma {
namespace detail {

template <class Described>
struct EnumeratorText {
    static constexpr std::string_view name = Described::name;
    static constexpr auto upper = [] {
        std::array<char, name.size()> text{};
        for (std::size_t i = 0; i < name.size(); ++i) {
            text[i] = name[i] >= 'a' && name[i] <= 'z' ? static_cast<char>(name[i] - ('a' - 'A')) : name[i];
        }
        return text;
    }();
    static constexpr std::string_view text{upper.data(), upper.size()};
};

}  // namespace detail

template <class T>
concept DescribedEnum = boost::describe::has_describe_enumerators<T>::value;

/// LeadStatus::reached_out -> "REACHED_OUT". The view lives for ever.
template <DescribedEnum E>
constexpr std::string_view to_text(E value) {
    std::string_view text;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto described) {
        if (described.value == value) text = detail::EnumeratorText<decltype(described)>::text;
    });
    return text;
}

/// "REACHED_OUT" -> LeadStatus::reached_out; exact case.
template <DescribedEnum E>
constexpr std::optional<E> parse_enum(std::string_view text) {
    std::optional<E> value;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto described) {
        if (detail::EnumeratorText<decltype(described)>::text == text) value = described.value;
    });
    return value;
}

/// The texts of all enumerators, in the order of their declaration.
template <DescribedEnum E>
constexpr auto enum_texts() {
    std::array<std::string_view, boost::mp11::mp_size<boost::describe::describe_enumerators<E>>::value> texts;
    std::size_t i = 0;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
        [&](auto described) { texts[i++] = detail::EnumeratorText<decltype(described)>::text; });
    return texts;
}

}  // namespace alma
