#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "monoidal/common/aligned.hpp"

namespace monoidal::model {

/// Sentences of one shape that are contracted side by side.
struct Block {
    std::uint32_t shape = 0;
    bool mixed = false;       ///< as the shape
    std::uint32_t lanes = 0;  ///< at least one a row; lanes past rows.size() repeat the first row
    std::vector<std::uint32_t> rows;  ///< places in the call's list of rows
    std::vector<std::size_t>
        place;  ///< operand x lane: the word's first number in its family's tensors
    std::size_t adjoint_begin = 0;  ///< of its operands' adjoints, in doubles
};

/// One use of a word: where its adjoint is left, and its lane in the chunk of words.
struct Use {
    std::size_t source;  ///< first number of the operand's adjoint, in doubles
    std::uint32_t source_lanes;
    std::uint32_t lane;
    bool conjugate;
};

/// The rows of a call, arranged for the kernels.
struct Batch {
    std::vector<Block> blocks;
    std::vector<std::uint32_t> active;   ///< chunks of words that occur
    std::vector<std::vector<Use>> uses;  ///< of each active chunk, in order of the blocks
    std::size_t n_rows = 0;
    std::size_t adjoints_size = 0;  ///< doubles
    std::size_t block_size = 0;     ///< doubles of the largest block's tensors
    std::uint64_t multiplications = 0;
};

/// Scratch memory of a call; kept by the corpus between calls.
struct Workspace {
    Buffer tensors;  ///< of all words
    Buffer tensor_adjoints;
    Buffer states;
    std::vector<Buffer> angles;  ///< of each active chunk
    Buffer operand_adjoints;
    std::vector<Buffer> block;  ///< of each worker: tensors of the block that it works on
    std::vector<Buffer> block_adjoints;
    std::vector<Buffer> state_adjoints;  ///< of each worker
    std::vector<double> row_losses;
};

}  // namespace monoidal::model
