// The console: who is signed in sees the shell with the page that the address names.
import { render } from "preact";
import { useEffect } from "preact/hooks";
import "./main.css";
import { ask, comebacks, Lost } from "./api";
import { language, speak } from "./i18n";
import { session, type Session } from "./session";
import { Shell } from "./shell";
import { Notices } from "./parts/notice";
import { SignIn } from "./pages/sign_in";
import { applyTheme } from "./theme";

async function lookWho(): Promise<void> {
  try {
    const who = await ask<Session | { name: null }>("GET", "/api/session");
    session.value = who.name === null ? null : who;
  } catch (fault) {
    if (!(fault instanceof Lost)) session.value = null; // else it is asked when the server is back
  }
}

function App() {
  useEffect(() => {
    if (session.value === undefined) void lookWho();
  }, [comebacks.value]);
  const who = session.value;
  if (who === undefined) return <Notices />;
  return who === null ? <SignIn /> : <Shell />;
}

applyTheme();
speak(language.value);
render(<App />, document.getElementById("app")!);
