// The two switches: language and colours.
import { language, speak, t, type Language } from "../i18n";
import { chooseTheme, theme, type Theme } from "../theme";
import { Choice } from "./field";

export function Settings() {
  return (
    <>
      <Choice
        quiet label={t("settings.language")} value={language.value} among={[["en", "English"], ["el", "Ελληνικά"]]}
        onChange={(which) => speak(which as Language)}
      />
      <Choice
        quiet label={t("settings.theme")} value={theme.value}
        among={[["system", t("theme.system")], ["light", t("theme.light")], ["dark", t("theme.dark")]]}
        onChange={(which) => chooseTheme(which as Theme)}
      />
    </>
  );
}
