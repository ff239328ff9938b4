// SOCI without Boost: Debian's SOCI was built with Boost and says so in its configuration, but only header templates
// for Boost types depend on it. Include this instead of <soci/soci.h>.
#pragma once

#include <soci/soci-config.h>

#undef SOCI_HAVE_BOOST
#undef SOCI_HAVE_BOOST_DATE_TIME

#include <soci/soci.h>
