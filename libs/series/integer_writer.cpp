#include "series/bit_packing.hpp"
#include "series/integer_blocks.hpp"
#include "series/integer_form.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <vector>

namespace monitron::series {
namespace {

using Numbers = std::array<std::uint64_t, kLargestBlock>;

std::uint64_t wrapped(std::int64_t number) { return static_cast<std::uint64_t>(number); }
unsigned bits_of(std::uint64_t number) { return static_cast<unsigned>(std::bit_width(number)); }

void put_reference(std::string& out, std::uint64_t number, bool patched) {
  const std::uint64_t code = zigzag(number);
  const std::uint64_t rest = code >> 6;
  out += static_cast<char>((rest > 0 ? 0x80 : 0) | (code & 63) << 1 | (patched ? 1 : 0));
  if (rest > 0) put_varint(out, rest);
}

unsigned varint_bits(std::uint64_t number) { return 8 * std::max(1u, (bits_of(number) + 6) / 7); }

// The best way to write some numbers from one frame: a reference, a width, exceptions. In bits.
struct Plan {
  Frame frame = Frame::level;
  std::uint64_t reference = 0;
  unsigned width = 64;
  std::size_t cost = std::numeric_limits<std::size_t>::max();
};

// How many numbers have how many bits.
using Histogram = std::array<unsigned, 65>;

// Of `count` numbers counted from plan.reference. Exceptions cost a place and their high bits.
void choose_width(const Histogram& histogram, std::size_t count, Plan& plan) {
  unsigned widest = 64;
  while (widest > 0 && histogram[widest] == 0) --widest;
  const std::size_t head = 8 + varint_bits(zigzag(plan.reference) << 1);
  std::array<unsigned, 65> exceptional{};  // how many bits exceptions have, the widest first
  std::size_t kinds = 0;
  std::size_t wider = 0;
  for (unsigned width = widest;; --width) {
    std::size_t patches = wider == 0 ? 0 : 8;
    for (std::size_t i = 0; i < kinds; ++i) {
      const unsigned bits = exceptional.data()[i];
      patches += std::size_t{histogram.data()[bits]} * (8 + 8 * ((bits - width + 6) / 7));
    }
    const std::size_t cost = head + patches + (count * width + 7) / 8 * 8;
    if (cost < plan.cost && (width != 63 || wider == 0) && wider < 256) {
      plan.cost = cost;
      plan.width = width;
    }
    if (histogram.data()[width] > 0) exceptional.data()[kinds++] = width;
    wider += histogram.data()[width];
    if (width == 0 || wider > count / 3) break;
  }
  // 63 stands for 64.
  if (plan.width == 63) plan.width = 64;
}

// The four lowest of some numbers, in order.
using Lowest = std::array<std::int64_t, 4>;

struct Extent {
  Lowest lowest{};
  std::int64_t highest = std::numeric_limits<std::int64_t>::min();
};

Extent extent_of(const std::uint64_t* numbers, std::size_t count) {
  Extent extent;
  extent.lowest.fill(std::numeric_limits<std::int64_t>::max());
  auto& lowest = extent.lowest;
  for (std::size_t i = 0; i < count; ++i) {
    auto number = static_cast<std::int64_t>(numbers[i]);
    extent.highest = std::max(extent.highest, number);
    if (number >= lowest[3]) continue;
    for (auto& low : lowest) {
      if (number < low) std::swap(number, low);
    }
  }
  return extent;
}

// Tries the lowest number as the reference, and the next ones where leaving the lowest out (they
// wrap around and become exceptions) makes the rest narrower.
Plan plan_for(Frame frame, const std::uint64_t* numbers, std::size_t count) {
  const Extent extent = extent_of(numbers, count);
  Plan best;
  unsigned narrowest = 65;
  for (std::size_t i = 0; i < extent.lowest.size() && i < count; ++i) {
    const std::uint64_t reference = wrapped(extent.lowest.at(i));
    const unsigned range = bits_of(wrapped(extent.highest) - reference);
    if (range >= narrowest) continue;
    narrowest = range;
    Histogram histogram{};
    unsigned* const counts = histogram.data();
    for (std::size_t k = 0; k < count; ++k) ++counts[bits_of(numbers[k] - reference)];
    Plan plan;
    plan.frame = frame;
    plan.reference = reference;
    choose_width(histogram, count, plan);
    if (plan.cost < best.cost) best = plan;
  }
  return best;
}

using Five = std::array<std::int64_t, 5>;

std::uint64_t median(Five& some) {
  std::sort(some.begin(), some.end());
  return wrapped(some[2]);
}

std::int64_t rounded(std::int64_t number, std::int64_t by) {
  const std::int64_t half = number < 0 ? -(by / 2) : by / 2;
  return number / by + (number % by + half) / by;
}

class BlockWriter {
 public:
  BlockWriter(std::string& out, std::size_t block) : out_(out), block_(block) {}

  void write(std::span<const std::int64_t> numbers) {
    while (!numbers.empty()) {
      const auto block = numbers.first(std::min(block_, numbers.size()));
      numbers = numbers.subspan(block.size());
      if (!even(block)) put(block);
      remember(block);
    }
    flush();
  }

 private:
  bool even(std::span<const std::int64_t> block) {
    std::uint64_t before = before_;
    const std::uint64_t delta = wrapped(block.front()) - before;
    for (const auto number : block) {
      if (wrapped(number) - before != delta) return false;
      before = wrapped(number);
    }
    if (even_blocks_ > 0 && even_delta_ != delta) flush();
    even_delta_ = delta;
    ++even_blocks_;
    return true;
  }

  void flush() {
    if (even_blocks_ == 0) return;
    out_ += static_cast<char>(kEven);
    put_varint(out_, zigzag(even_delta_));
    put_varint(out_, even_blocks_);
    even_blocks_ = 0;
  }

  void put(std::span<const std::int64_t> block) {
    flush();
    const std::size_t count = block.size();
    const auto rise = static_cast<std::int64_t>(wrapped(block.back()) - before_);
    slope_tried_ = wrapped(rounded(rise, static_cast<std::int64_t>(count)));
    const auto guesses = guess(block);
    const auto least = *std::min_element(guesses.begin(), guesses.end());
    Plan best;
    for (const Frame frame : {Frame::delta, Frame::level, Frame::bend, Frame::line}) {
      if (guesses.at(static_cast<std::size_t>(frame)) > least + count / 2) continue;
      frame_numbers(frame, block);
      Plan plan = plan_for(frame, numbers_.data(), count);
      if (frame == Frame::line) plan.cost += varint_bits(zigzag(slope_tried_ - slope_));
      if (frame != Frame::level && plan.width == 64) continue;
      if (plan.cost < best.cost) best = plan;
    }
    frame_numbers(best.frame, block);
    put(best, count);
  }

  // About how many bits the numbers have in each frame, counted from one of them. Making plans is
  // dear: only frames near the best are worth it.
  std::array<std::size_t, 4> guess(std::span<const std::int64_t> block) const {
    const std::int64_t* in = block.data();
    const std::size_t count = block.size();
    Five some{}, steps{}, residues{};
    for (std::size_t i = 0; i < some.size(); ++i) {
      const std::size_t at = (2 * i + 1) * count / 10;
      some[i] = in[at];
      const std::uint64_t before = at > 0 ? wrapped(in[at - 1]) : before_;
      steps[i] = static_cast<std::int64_t>(wrapped(in[at]) - before);
      residues[i] = static_cast<std::int64_t>(wrapped(in[at]) - slope_tried_ * at);
    }
    const std::uint64_t level = median(some);
    const std::uint64_t step = median(steps);
    std::uint64_t before = before_;
    std::uint64_t delta = delta_;
    std::uint64_t line = median(residues);
    std::size_t levels = 0, deltas = 0, bends = 0, lines = 0;
    for (std::size_t i = 0; i < count; ++i, line += slope_tried_) {
      const std::uint64_t number = wrapped(in[i]);
      levels += bits_of(zigzag(number - level));
      lines += bits_of(zigzag(number - line));
      deltas += bits_of(zigzag(number - before - step));
      bends += bits_of(zigzag(number - before - delta));
      delta = number - before;
      before = number;
    }
    if (slope_tried_ == 0) lines = levels + count;
    return {levels, deltas, bends, lines};
  }

  void frame_numbers(Frame frame, std::span<const std::int64_t> block) {
    std::uint64_t* numbers = numbers_.data();
    const std::int64_t* in = block.data();
    const std::size_t count = block.size();
    std::uint64_t before = before_;
    std::uint64_t delta = delta_;
    if (frame == Frame::level || frame == Frame::line) {
      const std::uint64_t slope = frame == Frame::line ? slope_tried_ : 0;
      for (std::size_t i = 0; i < count; ++i) numbers[i] = wrapped(in[i]) - (before += slope);
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t number = wrapped(in[i]);
      const std::uint64_t step = number - before;
      numbers[i] = frame == Frame::delta ? step : step - delta;
      before = number;
      delta = step;
    }
  }

  void put(const Plan& plan, std::size_t count) {
    std::uint64_t* numbers = numbers_.data();
    std::size_t exceptions = 0;
    const std::uint64_t largest = plan.width == 0 ? 0 : ~std::uint64_t{0} >> (64 - plan.width);
    for (std::size_t i = 0; i < count; ++i) {
      numbers[i] -= plan.reference;
      exceptions += numbers[i] > largest ? 1 : 0;
    }
    const unsigned width = std::min<unsigned>(plan.width, kFullWidth);
    out_ += static_cast<char>(static_cast<unsigned>(plan.frame) << kWidthBits | width);
    put_reference(out_, plan.reference, exceptions > 0);
    if (plan.frame == Frame::line) {
      put_varint(out_, zigzag(slope_tried_ - slope_));
      slope_ = slope_tried_;
    }
    pack_bits(numbers, count, plan.width, out_);
    if (exceptions > 0) put_exceptions(plan.width, count, exceptions);
  }

  void put_exceptions(unsigned width, std::size_t count, std::size_t exceptions) {
    out_ += static_cast<char>(exceptions);
    for (std::size_t i = 0; i < count; ++i) {
      if (numbers_[i] >> width != 0) out_ += static_cast<char>(i);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (numbers_[i] >> width != 0) put_varint(out_, numbers_[i] >> width);
    }
  }

  void remember(std::span<const std::int64_t> block) {
    const auto last = wrapped(block.back());
    delta_ = last - (block.size() > 1 ? wrapped(block[block.size() - 2]) : before_);
    before_ = last;
  }

  std::string& out_;
  std::size_t block_;
  Numbers numbers_{};
  std::uint64_t before_ = 0;
  std::uint64_t delta_ = 0;
  std::uint64_t slope_ = 0;
  std::uint64_t slope_tried_ = 0;
  std::uint64_t even_delta_ = 0;
  std::size_t even_blocks_ = 0;
};

struct Differences {
  std::uint64_t divisor = 0;  // of all of them; 0: all numbers are the same
  bool even = true;           // each is the first one
  bool wide = false;
};

Differences differences_of(std::span<const std::int64_t> numbers) {
  Differences found;
  const std::uint64_t first = wrapped(numbers.front());
  const std::uint64_t step = numbers.size() < 2 ? 0 : wrapped(numbers[1]) - first;
  std::int64_t least = numbers.front();
  std::int64_t most = least;
  std::uint64_t expected = first;
  for (const auto number : numbers) {
    found.even = found.even && wrapped(number) == expected;
    expected += step;
    least = std::min(least, number);
    most = std::max(most, number);
    if (found.divisor == 1) continue;
    const auto difference = static_cast<std::int64_t>(wrapped(number) - first);
    const std::uint64_t size = difference < 0 ? 0 - wrapped(difference) : wrapped(difference);
    if (found.divisor == 0 || size % found.divisor != 0) {
      found.divisor = std::gcd(found.divisor, size);
    }
  }
  found.wide = wrapped(most) - wrapped(least) >= std::uint64_t{1} << 61;
  return found;
}

std::vector<std::int64_t> divided(std::span<const std::int64_t> numbers, std::uint64_t divisor) {
  std::vector<std::int64_t> small(numbers.size());
  const std::uint64_t first = wrapped(numbers.front());
  const auto by = static_cast<std::int64_t>(divisor);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto difference = static_cast<std::int64_t>(wrapped(numbers[i]) - first);
    small[i] = by == 1 ? difference : difference / by;
  }
  return small;
}

}  // namespace

std::uint8_t put_integers(std::span<const std::int64_t> numbers, First kind, std::string& out) {
  const std::uint64_t first = wrapped(numbers.front());
  if (kind == First::raw) {
    put_big_endian(out, first);
  } else {
    put_varint(out, zigzag(first));
  }
  auto found = differences_of(numbers);
  const std::uint8_t wide = found.wide ? kWide : 0;
  if (found.divisor == 0) return kConstant;
  if (found.even) {
    const std::uint64_t step = wrapped(numbers[1]) - first;
    const bool thousands = static_cast<std::int64_t>(step) % 1000 == 0;
    put_varint(out, zigzag(thousands ? wrapped(static_cast<std::int64_t>(step) / 1000) : step));
    return (thousands ? kThousands : kSteps) | wide;
  }
  // A divisor of 2^63 has no sign to give.
  if (found.divisor >> 62 != 0) found.divisor = 1;
  put_varint(out, zigzag(found.divisor));
  const auto small = divided(numbers, found.divisor);
  BlockWriter(out, 128).write(std::span(small).subspan(1));
  return (kBlocks + 1) | wide;
}

}  // namespace monitron::series
