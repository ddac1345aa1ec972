// Which instruction set the kernels run on. Chosen once, at first use: the best that this machine
// has, or the one that the environment variable COCODEC_ISA names.
#pragma once

#include <string>
#include <vector>

namespace cocodec {

/// Names of the instruction sets that this build and this machine can run, best last ("scalar"
/// first).
std::vector<std::string> isas();

/// The one in use. Throws Error{unknown_isa} if COCODEC_ISA names none of `isas()`.
std::string isa();

}  // namespace cocodec
