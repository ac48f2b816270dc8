// What pages show of a claim.
import { money, t } from "../i18n";
import { href } from "../router";
import type { Claim } from "../types";
import { Badge } from "./badge";

export const euros = (amount: number | null | undefined): string => (amount == null ? "–" : money(amount));

/** Where its delivery is. */
export function ClaimState({ of }: { of: Claim }) {
  const { delivery } = of;
  return (
    <>
      <a href={href(["destinations"], { destination: "gesy", state: delivery.state })}><Badge kind="delivery-state" is={delivery.state} /></a>
      {delivery.perhaps && <> {t("delivery.perhaps")}</>}
      {delivery.last_code && delivery.state !== "sent" && <> <code>{delivery.last_code}</code></>}
    </>
  );
}
