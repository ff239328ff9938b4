// Where the script that draws figures is.
#pragma once

#include <string>

namespace farrell::reporting {

// $FARRELL_FIGURES (path of render.mjs) when set; else share/farrell/figures/render.mjs beside the folder of the
// running program, where `cmake --install` puts it; else the one of the source tree the program was built from.
std::string FindFiguresScript();

}  // namespace farrell::reporting
