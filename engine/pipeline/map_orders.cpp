// MAPPER: what an order message says of a patient's orders.
#include "engine/pipeline/order_payload.hpp"
#include "engine/pipeline/map_told.hpp"

namespace aorta::pipeline {

middle map_orders() { return map_told<order_payload, &order::read>("map-orders"); }

} // namespace aorta::pipeline
