// Making a key of the API, and the one look at a secret.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ask } from "../api";
import { t, word, type Key } from "../i18n";
import { session } from "../session";
import type { NewKey } from "../types";
import { Confirm } from "./confirm";
import { Dialog, useHeld } from "./dialog";
import { Choice, Text } from "./field";

const scopes = ["read", "write", "metrics", "admin"];

export function NewKeyDialog({ onDone, onClose }: { onDone: (made: NewKey) => void; onClose: () => void }) {
  const name = useSignal("");
  const user = useSignal("");
  const of = useSignal("");
  const chosen = useSignal<string[]>(["read"]);
  const clinics = session.value?.clinics ?? [];
  const own = session.value?.user;
  const body = {
    name: name.value.trim(),
    scopes: scopes.filter((each) => chosen.value.includes(each)),
    ...(user.value ? { user: user.value } : {}),
    ...(of.value ? { clinic: of.value } : {}),
  };
  return (
    <Confirm<NewKey>
      title={t("api-keys.new")} act={t("api-keys.make")} effect={t("api-keys.new-effect")}
      ready={body.name !== "" && body.scopes.length > 0}
      run={() => ask("POST", "/api/keys", body)} onDone={onDone} onClose={onClose}
    >
      <Text label={t("api-keys.name")} value={name} needed autoFocus hint={t("api-keys.name-hint")} />
      <fieldset>
        <legend>{t("api-keys.scopes")}</legend>
        {scopes.map((each) => (
          <label class="check">
            <input
              type="checkbox" checked={chosen.value.includes(each)}
              onChange={(event) => {
                chosen.value = event.currentTarget.checked ? [...chosen.value, each] : chosen.value.filter((other) => other !== each);
              }}
            />
            <span><code>{each}</code> – {word("scope", each)}</span>
          </label>
        ))}
      </fieldset>
      <Choice
        label={t("api-keys.user")} value={user.value} onChange={(value) => (user.value = value)}
        among={[["", t("api-keys.nobody")], ...(own ? [[own, own] as [string, string]] : [])]}
      />
      <p class="hint">{t("api-keys.user-hint")}</p>
      <Choice
        label={t("session.clinic")} value={of.value} onChange={(value) => (of.value = value)}
        among={[["", t("api-keys.my-clinic")], ...clinics.map((each): [string, string] => [each.code, each.name || each.code])]}
      />
    </Confirm>
  );
}

/** Over plain HTTP the clipboard is not the page's: then the secret is selected. */
async function copied(from: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(from.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(from);
    return false;
  }
}

interface SecretOf {
  of: Pick<NewKey, "name" | "secret">;
  /** What is said of it. */
  says: Key;
  onClose: () => void;
}

export function SecretDialog({ of, says, onClose }: SecretOf) {
  const secret = useRef<HTMLElement>(null);
  const said = useSignal("");
  const { held } = useHeld();
  const copy = async () => {
    said.value = (await copied(secret.current!)) ? t("api-keys.copied") : t("api-keys.select");
  };
  return (
    <Dialog title={t("api-keys.secret-of", { name: of.name })} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!held) onClose();
        }}
      >
        <p>{t(says)}</p>
        <p><code class="secret" ref={secret}>{of.secret}</code></p>
        <p role="status" class="hint">{said.value}</p>
        <footer>
          <button type="button" class="main" onClick={() => void copy()}>{t("api-keys.copy")}</button>
          <button type="submit" aria-disabled={held || undefined}>{t("api-keys.kept")}</button>
        </footer>
      </form>
    </Dialog>
  );
}
