// Signing in with a key. It is sent once and kept nowhere here; the session is a cookie that scripts cannot read.
import { useSignal } from "@preact/signals";
import { ask, Refusal, whoAsks } from "../api";
import { t } from "../i18n";
import { Text } from "../parts/field";
import { faultText, Notices } from "../parts/notice";
import { Settings } from "../parts/settings";
import { farewell, type Session } from "../session";
import { signedIn } from "../sitting";

export function SignIn() {
  const key = useSignal("");
  const busy = useSignal(false);
  const fault = useSignal("");
  const send = async () => {
    if (busy.value || !key.value.trim()) return;
    busy.value = true;
    fault.value = "";
    try {
      signedIn(await ask<Session>("POST", whoAsks, { key: key.value.trim() }));
    } catch (why) {
      fault.value = why instanceof Refusal && why.status === 401 ? t("session.no-key") : faultText(why);
    }
    key.value = "";
    busy.value = false;
  };
  return (
    <>
      <main class="sign-in">
        <h1>aorta</h1>
        {farewell.value && <p class="notice warn" role="status">{t(farewell.value)}</p>}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <Text label={t("session.key")} type="password" value={key} needed autoFocus autoComplete="current-password" hint={t("session.key-hint")} />
          {fault.value && <p class="notice bad" role="alert">{fault.value}</p>}
          <button class="main" type="submit" disabled={busy.value}>{t("session.sign-in")}</button>
        </form>
        <div class="switches"><Settings /></div>
      </main>
      <Notices />
    </>
  );
}
