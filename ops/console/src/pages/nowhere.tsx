import { t } from "../i18n";
import { PageOf } from "../parts/page";

export function NowherePage() {
  return (
    <PageOf title={t("nowhere.title")}>
      <p><a href="#/">{t("nowhere.back")}</a></p>
    </PageOf>
  );
}
