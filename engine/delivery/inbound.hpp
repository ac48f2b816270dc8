// Webhooks of others: whether a request is really theirs, and by which id it is known when it comes again.
// Standard Webhooks 1.0.0; GitHub's `X-Hub-Signature-256`; Stripe's `Stripe-Signature`.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/result.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aorta::delivery {

enum class webhook_scheme : uint8_t { standard, github, stripe };
std::string_view name(webhook_scheme) noexcept;
std::optional<webhook_scheme> webhook_scheme_from(std::string_view) noexcept;

/// How far a request's time may lie from ours, both ways. GitHub's have none: there the id alone keeps a
/// repeat from counting twice.
inline constexpr std::chrono::seconds webhook_tolerance{300};

/// Whether this scheme can use such a secret: of `standard` `whsec_...`, of the others any text that is not
/// empty. The error says what is wrong and never shows it.
status check_webhook_secret(webhook_scheme scheme, std::string_view secret);

/// One header's value by its name in lower case; empty when there is none.
using header_of = std::function<std::string_view(std::string_view name)>;

/// The request's id, if one of the secrets signed just these bytes. Comparisons take the same time whatever
/// differs. Errors: `invalid`, in words that help nobody to forge one. Stripe's id is its body's: empty here.
result<std::string> verify_webhook(webhook_scheme scheme, std::span<const std::string> secrets,
                                   const header_of& headers, std::string_view body, timestamp now);

} // namespace aorta::delivery
