// A packed matrix among the inputs of a call.
#ifndef MEDTUNE_PACKED_INPUT_H_
#define MEDTUNE_PACKED_INPUT_H_

#include <array>

#include "few-row-rules.h"

namespace medtune {

// Which inputs: packed uint8 [blocks, block size / 2], the two levels of each byte complex64 [256], rows int32 [out] (or
// none: the matrix's own order), then codes, their levels, maxima and offset: nested, uint8 [rows, codes a row], [256],
// [rows] and [1]; plain, maxima [blocks] alone.
using PackedInputs = std::array<int, 7>;

inline PackedInputs ConsecutiveInputs(int first) {
  PackedInputs inputs;
  for (size_t i = 0; i < inputs.size(); i++) inputs[i] = first + static_cast<int>(i);
  return inputs;
}

class PackedInput {
 public:
  PackedInput(const Nf4Rule &rule, Call *call, const PackedInputs &inputs)
      : packed_(call->Get(inputs[0])),
        pairs_(call->Get(inputs[1])),
        rows_(call->Get(inputs[2])),
        codes_(call->Get(inputs[3])),
        code_levels_(call->Get(inputs[4])),
        maxima_(call->Get(inputs[5])),
        offset_(call->Get(inputs[6])),
        out_(static_cast<size_t>(rule.out)) {
    if (!call->ok()) return;
    call->Require(packed_.rank() == 2 && pairs_.count() == 256 && rule.heads > 0 && rule.out % rule.heads == 0,
                  "4-bit matrix takes packed [blocks, bytes], 256 pairs of levels and whole heads");
    call->Require(rows_.count() == 0 || rows_.count() == out_, "4-bit matrix takes no row numbers or one for each row");
    const size_t blocks = packed_.size(0);
    matrix_.packed = packed_.data<uint8_t>();
    matrix_.block_size = 2 * packed_.size(-1);
    matrix_.rounding = static_cast<int>(rule.rounding);
    matrix_.maxima = maxima_.data<float>();
    if (rule.nested) {
      matrix_.codes = codes_.data<uint8_t>();
      matrix_.code_levels = code_levels_.data<float>();
      matrix_.row_maxima = maxima_.data<float>();
      matrix_.codes_per_row = codes_.size(-1);
      matrix_.offset = offset_.count() == 1 ? offset_.data<float>()[0] : 0;
      call->Require(code_levels_.count() == 256 && codes_.count() >= blocks && codes_.size(0) == maxima_.count() &&
                        offset_.count() == 1,
                    "4-bit matrix takes a code for every block, a maximum for every row of codes and one offset");
    } else {
      call->Require(maxima_.count() >= blocks, "4-bit matrix takes a maximum for every block");
    }
    uint32_t largest = 0;
    for (size_t i = 0; call->ok() && i < rows_.count(); i++) {
      const auto row = static_cast<uint32_t>(rows_.data<int32_t>()[i]);
      largest = row > largest ? row : largest;
    }
    call->Require(rows_.count() == 0 || largest < out_, "4-bit matrix takes row numbers below out");
    // A byte below 16 has the first level in its high half and its own in the low one.
    for (int code = 0; call->ok() && code < 16; code++) matrix_.levels[code] = pairs_.data<float>()[2 * code + 1];
  }

  const Nf4Matrix &matrix() const { return matrix_; }
  size_t value_count() const { return packed_.size(0) * matrix_.block_size; }
  // Which stored row a row of the matrix is.
  size_t StoredRow(size_t row) const {
    return rows_.count() == 0 ? row : static_cast<size_t>(rows_.data<int32_t>()[row]);
  }

 private:
  const Call::Input packed_, pairs_, rows_, codes_, code_levels_, maxima_, offset_;
  const size_t out_;
  Nf4Matrix matrix_{};
};

}  // namespace medtune

#endif  // MEDTUNE_PACKED_INPUT_H_
