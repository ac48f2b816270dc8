// A file that others pick up: it has its name only when all of it is on the disk.
#pragma once

#include "engine/delivery/item.hpp"

#include <string>

namespace aorta::gateway {

/// Writes `.ID.part`, syncs it, gives it its name without taking the place of another file, and syncs the
/// folder. Blocks as long as the disk does. A file of this name with just these bytes is the one of an
/// attempt before: taken. With others: rejected, `exists`. What the folder does not let be done now is
/// silence: `no-folder`, `not-writable`, `disk-full`, `io-error`.
/// `id`: the delivery's, since several may want one name at once.
delivery::outcome drop_file(const std::string& folder, const std::string& id, const std::string& name,
                            const std::string& bytes);

} // namespace aorta::gateway
