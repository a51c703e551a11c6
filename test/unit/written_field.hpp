// A field as the core writes it, with what must hold of every field.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "core/csv/field.hpp"

namespace export_leads::test {

/// Writes one field into exactly the room the bound promises, behind which a canary lives.
inline std::string written_field(std::string_view field, core::Dialect dialect) {
  constexpr std::string_view kCanary = "canary";
  const std::size_t bound = core::field_bound(field.size());
  const auto copy = std::make_unique<char[]>(field.size());
  std::copy(field.begin(), field.end(), copy.get());
  const auto out = std::make_unique<char[]>(bound + kCanary.size());
  std::copy(kCanary.begin(), kCanary.end(), out.get() + bound);

  char* end = core::write_field(out.get(), {copy.get(), field.size()}, dialect);

  const auto size = static_cast<std::size_t>(end - out.get());
  EXPECT_LE(size, bound);
  EXPECT_EQ(std::string_view(out.get() + bound, kCanary.size()), kCanary);
  return {out.get(), std::min(size, bound)};
}

}  // namespace export_leads::test
