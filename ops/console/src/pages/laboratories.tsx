// Laboratories: how each is read, in a file of its own.
import { useSignal } from "@preact/signals";
import { number, t } from "../i18n";
import { Confirm } from "../parts/confirm";
import { Act, Text, WhyNot } from "../parts/field";
import { useList } from "../parts/load";
import { PageOf } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { go, href } from "../router";
import { whyNotConfigure } from "../session";
import type { LabRow } from "../types";

function NewLab({ taken, onClose }: { taken: string[]; onClose: () => void }) {
  const name = useSignal("");
  const lab = name.value.trim();
  const isTaken = taken.includes(lab);
  return (
    <Confirm
      title={t("laboratories.new")} act={t("laboratories.open")} effect={t("laboratories.new-effect")}
      ready={/^[a-z0-9-]{1,64}$/.test(lab) && !isTaken}
      run={async () => undefined} onDone={() => go(["laboratories", lab], { new: "yes" })} onClose={onClose}
    >
      <Text label={t("laboratories.short-name")} value={name} needed autoFocus hint={t("laboratories.short-hint")} />
      <div aria-live="polite">{isTaken && <p class="notice warn">{t("laboratories.exists")}</p>}</div>
    </Confirm>
  );
}

export function LaboratoriesPage() {
  const rows = useList<LabRow>("/api/labs");
  const making = useSignal(false);
  return (
    <PageOf
      title={t("laboratories.title")}
      acts={<Act main whyNot={whyNotConfigure.value} onPress={() => (making.value = true)}>{t("laboratories.new")}</Act>}
    >
      <p>{t("laboratories.lead")}</p>
      <WhyNot of={whyNotConfigure.value} />
      <List
        of={rows} caption={t("laboratories.title")} none={t("laboratories.none")} id={(row) => row.lab}
        columns={[
          { head: t("unmapped.lab"), cell: (row) => <a href={href(["laboratories", row.lab])}>{row.name || row.lab}</a> },
          { head: t("laboratories.short-name"), cell: (row) => row.lab },
          { head: t("laboratories.code"), cell: (row) => row.code && <code>{row.code}</code> },
          { head: t("laboratories.tests"), number: true, cell: (row) => number(row.tests) },
          { head: t("unmapped.units"), number: true, cell: (row) => number(row.units) },
          { head: t("laboratories.files"), cell: (row) => row.files && <a href={href(["imports"])}>{t("laboratories.try-file")}<span class="unseen"> {row.lab}</span></a> },
          { head: t("laboratories.changed"), cell: (row) => row.changed_at && <><When at={row.changed_at} /> {row.changed_by}</> },
        ]}
      />
      {making.value && <NewLab taken={(rows.data.value ?? []).map((each) => each.lab)} onClose={() => (making.value = false)} />}
    </PageOf>
  );
}
