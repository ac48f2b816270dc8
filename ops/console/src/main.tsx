// The console: who is signed in sees the shell with the page that the address names.
import { render } from "preact";
import { useEffect } from "preact/hooks";
import "./main.css";
import { comebacks } from "./api";
import { language, speak } from "./i18n";
import { session, sitting } from "./session";
import { Shell } from "./shell";
import { keepWatch, lookWho } from "./sitting";
import { Notices } from "./parts/notice";
import { SignIn } from "./pages/sign_in";
import { applyTheme } from "./theme";

function App() {
  useEffect(() => {
    if (session.value === undefined) void lookWho();
  }, [comebacks.value]);
  const who = session.value;
  if (who === undefined) return <Notices />;
  return who === null ? <SignIn /> : <Shell key={sitting.value} />;
}

applyTheme();
speak(language.value);
keepWatch();
render(<App />, document.getElementById("app")!);
