// The entry point of every unit test executable.
#define BOOST_TEST_MODULE aorta
#include <boost/test/unit_test.hpp>

#ifdef __SANITIZE_ADDRESS__
/// Fontconfig keeps what it has read of fonts until the process ends.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig\n"; }
#endif
