#include "series/bit_packing.hpp"
#include "series/integer_blocks.hpp"
#include "series/integer_form.hpp"

#include <algorithm>
#include <array>

namespace monitron::series {
namespace {

using Numbers = std::array<std::uint64_t, kLargestBlock + 64>;

struct Reference {
  std::uint64_t number = 0;
  bool patched = false;
};

// A varint of a zigzag number whose lowest bit is apart.
Reference get_reference(ByteReader& in) {
  const std::uint64_t head = in.byte();
  std::uint64_t code = (head >> 1) & 63;
  std::uint64_t part = head;
  for (int shift = 6; part >= 0x80 && shift < 64; shift += 7) {
    part = in.byte();
    code |= (part & 0x7f) << shift;
  }
  if (part >= 0x80) in.refuse();
  return {unzigzag(code), (head & 1) != 0};
}

class BlockReader {
 public:
  BlockReader(ByteReader& in, std::size_t block) : in_(in), block_(block) {}

  void read(std::span<std::int64_t> numbers) {
    while (!numbers.empty() && in_.ok()) numbers = numbers.subspan(next(numbers));
  }

 private:
  std::size_t next(std::span<std::int64_t> numbers) {
    const std::uint8_t head = in_.byte();
    if (head == kEven) return even(numbers);
    const auto block = numbers.first(std::min(block_, numbers.size()));
    const auto frame = static_cast<Frame>(head >> kWidthBits);
    unsigned width = head & kWidthMask;
    if (width == kFullWidth) {
      if (frame != Frame::level) in_.refuse();
      width = 64;
    }
    const auto reference = get_reference(in_);
    if (frame == Frame::line) slope_ += unzigzag(in_.varint());
    unpack(block.size(), width);
    if (reference.patched) patch(block.size(), width);
    if (in_.ok()) place(frame, reference.number, block);
    return block.size();
  }

  std::size_t even(std::span<std::int64_t> numbers) {
    const std::uint64_t delta = unzigzag(in_.varint());
    const std::uint64_t blocks = in_.varint();
    if (blocks == 0 || blocks > (numbers.size() + block_ - 1) / block_) {
      in_.refuse();
      return 0;
    }
    const auto count = std::min<std::size_t>(blocks * block_, numbers.size());
    for (std::size_t i = 0; i < count; ++i) {
      numbers[i] = static_cast<std::int64_t>(before_ += delta);
    }
    delta_ = delta;
    return count;
  }

  void unpack(std::size_t count, unsigned width) {
    const auto* data = in_.take(packed_bytes(count, width));
    if (data != nullptr) unpack_bits(data, count, width, numbers_.data());
  }

  // The high bits of the few numbers that are wider.
  void patch(std::size_t count, unsigned width) {
    const std::size_t exceptions = in_.byte();
    const auto* places = in_.take(exceptions);
    if (places == nullptr || width > 63) return in_.refuse();
    for (std::size_t i = 0; i < exceptions; ++i) {
      if (places[i] >= count) return in_.refuse();
      numbers_[places[i]] |= in_.varint() << width;
    }
  }

  void place(Frame frame, std::uint64_t reference, std::span<std::int64_t> block) {
    const std::uint64_t* numbers = numbers_.data();
    std::int64_t* out = block.data();
    const std::size_t count = block.size();
    std::uint64_t before = before_;
    std::uint64_t delta = delta_;
    if (frame == Frame::delta) {
      for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<std::int64_t>(before += numbers[i] + reference);
      }
    } else if (frame == Frame::bend) {
      for (std::size_t i = 0; i < count; ++i) {
        delta += numbers[i] + reference;
        out[i] = static_cast<std::int64_t>(before += delta);
      }
    } else {
      const std::uint64_t slope = frame == Frame::line ? slope_ : 0;
      std::uint64_t base = before + reference;
      for (std::size_t i = 0; i < count; ++i) {
        base += slope;
        out[i] = static_cast<std::int64_t>(base + numbers[i]);
      }
    }
    const auto last = static_cast<std::uint64_t>(out[count - 1]);
    delta_ = last - (count > 1 ? static_cast<std::uint64_t>(out[count - 2]) : before_);
    before_ = last;
  }

  ByteReader& in_;
  std::size_t block_;
  Numbers numbers_{};
  std::uint64_t before_ = 0;
  std::uint64_t delta_ = 0;
  std::uint64_t slope_ = 0;
};

void get_steps(std::uint64_t first, std::uint64_t step, std::span<std::int64_t> numbers) {
  for (auto& number : numbers) {
    number = static_cast<std::int64_t>(first);
    first += step;
  }
}

}  // namespace

void get_integers(ByteReader& in, std::uint8_t shape, First kind, std::span<std::int64_t> numbers) {
  const std::uint64_t first = kind == First::raw ? in.big_endian() : unzigzag(in.varint());
  shape &= static_cast<std::uint8_t>(~kWide);
  if (shape > kLastShape || numbers.empty()) return in.refuse();
  if (shape == kConstant) return get_steps(first, 0, numbers);
  const std::uint64_t factor = unzigzag(in.varint());
  if (shape == kSteps) return get_steps(first, factor, numbers);
  if (shape == kThousands) return get_steps(first, 1000 * factor, numbers);
  numbers.front() = 0;
  BlockReader(in, std::size_t{64} << (shape - kBlocks)).read(numbers.subspan(1));
  if (!in.ok()) return;
  for (auto& number : numbers) {
    number = static_cast<std::int64_t>(first + factor * static_cast<std::uint64_t>(number));
  }
}

}  // namespace monitron::series
