/// What a statement returns: all values of all rows in one buffer, read in place.
#pragma once

#include "base/enum_text.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace alma::db {

/// One value. A text is a view into its Rows.
class Cell {
public:
    enum class Type : std::uint8_t { null, integer, text };

    static Cell null() { return {}; }
    static Cell of(std::int64_t integer) {
        Cell cell;
        cell.type_ = Type::integer;
        cell.integer_ = integer;
        return cell;
    }
    static Cell of(std::string_view text) {
        Cell cell;
        cell.type_ = Type::text;
        cell.text_ = text;
        return cell;
    }

    [[nodiscard]] bool is_null() const { return type_ == Type::null; }
    /// @throws std::logic_error when the column has another type: the statement and the code disagree.
    [[nodiscard]] std::int64_t integer() const;
    [[nodiscard]] std::string_view text() const;

private:
    Type type_ = Type::null;
    std::int64_t integer_ = 0;
    std::string_view text_;
};

/// How a C++ type is read from a cell; a wrong or NULL cell is a std::logic_error.
void read_cell(const Cell& cell, std::string& out);
void read_cell(const Cell& cell, std::string_view& out);  ///< lives as long as the Rows
void read_cell(const Cell& cell, bool& out);
void read_cell(const Cell& cell, Instant& out);
void read_cell(const Cell& cell, Uuid& out);

template <std::integral T>
    requires(!std::same_as<T, bool>)
void read_cell(const Cell& cell, T& out) {
    out = static_cast<T>(cell.integer());
}

template <DescribedEnum E>
void read_cell(const Cell& cell, E& out) {
    const std::optional<E> value = parse_enum<E>(cell.text());
    if (!value) throw std::logic_error("the database holds an unknown value: " + std::string(cell.text()));
    out = *value;
}

template <class T>
void read_cell(const Cell& cell, std::optional<T>& out) {
    if (cell.is_null()) {
        out.reset();
    } else {
        read_cell(cell, out.emplace());
    }
}

/// A view of one row. Lives as long as its Rows.
class Row {
public:
    explicit Row(const Cell* cells, std::size_t columns) : cells_(cells), columns_(columns) {}

    [[nodiscard]] const Cell& operator[](std::size_t column) const { return cells_[column]; }
    [[nodiscard]] std::size_t columns() const { return columns_; }

    template <class T>
    [[nodiscard]] T get(std::size_t column) const {
        T value{};
        read_cell(cells_[column], value);
        return value;
    }

    /// Reads a described struct: the columns of the SELECT stand in the order of its members.
    template <class T>
    [[nodiscard]] T as() const {
        T value{};
        std::size_t column = 0;
        boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
            [&](auto member) { read_cell(cells_[column++], value.*member.pointer); });
        if (column != columns_)
            throw std::logic_error("a statement returns other columns than its struct has members");
        return value;
    }

private:
    const Cell* cells_;
    std::size_t columns_;
};

/// The rows of one statement. Movable; views into it stay valid when it is moved.
class Rows {
public:
    explicit Rows(std::size_t columns = 0) : columns_(columns) {}
    ~Rows() = default;
    Rows(Rows&&) = default;
    Rows& operator=(Rows&&) = default;
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    [[nodiscard]] bool empty() const { return cells_.empty(); }
    [[nodiscard]] std::size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
    [[nodiscard]] Row operator[](std::size_t row) const {
        return Row(cells_.data() + row * columns_, columns_);
    }
    [[nodiscard]] Row front() const { return (*this)[0]; }

    /// For engines: the next cell, row by row.
    void add_null() { add(Cell::null()); }
    void add(std::int64_t integer) { add(Cell::of(integer)); }
    void add(std::string_view text);  ///< copied

    template <class T>
    [[nodiscard]] std::vector<T> as() const {
        std::vector<T> values;
        values.reserve(size());
        for (std::size_t row = 0; row < size(); ++row)
            values.push_back((*this)[row].template as<T>());
        return values;
    }

    /// The only row, if there is one.
    template <class T>
    [[nodiscard]] std::optional<T> first_as() const {
        if (empty()) return std::nullopt;
        return front().template as<T>();
    }

private:
    void add(const Cell& cell) {
        // Most results are one row: one allocation, of the right size.
        if (cells_.empty()) cells_.reserve(columns_);
        cells_.push_back(cell);
    }

    std::size_t columns_;
    std::vector<Cell> cells_;
    /// Texts live in blocks that never move: a block is filled, never grown.
    std::vector<std::vector<char>> blocks_;
};

}  // namespace alma::db
