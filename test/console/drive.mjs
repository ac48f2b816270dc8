// Drives Chromium through the console: `node drive.mjs SCENARIO JSON`. Prints what it saw as JSON; exit 1 with the reason where something is not as it must be.
import axe from "axe-core";
import { mkdir } from "node:fs/promises";
import puppeteer from "puppeteer-core";

const [scenario, text] = process.argv.slice(2);
const given = JSON.parse(text);
const browser = await puppeteer.launch({
  executablePath: given.chromium, headless: true, acceptInsecureCerts: false,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-proxy-server", "--lang=en"],
});

class Desk {
  faults = [];
  requests = [];
  expected = [];

  async open(width = 1280, height = 900) {
    this.page = await browser.newPage();
    await this.page.setViewport({ width, height });
    this.page.on("console", (line) => {
      if (line.type() === "error" || line.type() === "warn") this.faults.push(line.text());
    });
    this.page.on("pageerror", (why) => this.faults.push(String(why)));
    this.page.on("request", (each) => this.requests.push(`${each.method()} ${each.url()}`));
    await this.page.goto(`${given.base}/`, { waitUntil: "networkidle2" });
    return this;
  }

  /** The visible element of this kind that says this. */
  async find(selector, says = "", seconds = 15) {
    const found = await this.page.waitForFunction(
      (selector, says) => [...document.querySelectorAll(selector)].find((each) => each.checkVisibility() && (each.textContent + (each.getAttribute("aria-label") ?? "")).includes(says)),
      { timeout: seconds * 1000, polling: 100 }, selector, says,
    ).catch(async () => {
      throw new Error(`no ${selector} with '${says}' at ${this.page.url()}: ${(await this.said()).slice(0, 1500)}`);
    });
    return found.asElement();
  }
  async press(selector, says = "") {
    const found = await this.find(selector, says);
    // A dialog takes no answer before one can have read it.
    await this.page.waitForFunction((each) => each.getAttribute("aria-disabled") !== "true", { timeout: 30_000, polling: 50 }, found);
    await found.click();
  }
  async type(selector, value) {
    const field = await this.find(selector);
    await field.click({ count: 3 });
    await field.type(value);
  }
  /** Types into the editor of a file. */
  async edit(from, to) {
    await this.find("main textarea");
    await this.page.evaluate((from, to) => {
      const area = document.querySelector("main textarea");
      area.value = from === null ? area.value + to : area.value.replace(from, to);
      area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }, from, to);
  }
  /** Another person's act, by their key: what it answers. */
  async other(key, method, path, body) {
    const [status, answer] = await this.page.evaluate(async (key, method, path, body) => {
      const answer = await fetch(path, { method, headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body });
      return [answer.status, await answer.json()];
    }, key, method, path, body && JSON.stringify(body));
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }
  /** Another person publishes a file that ends so. */
  async otherPublishes(key, file, end) {
    const now = await this.other(key, "GET", `/api/config/${file}`);
    await this.other(key, "PUT", `/api/config/${file}`, { text: now.running + end, if: now.draft_hash, running: now.running_hash });
    const { published } = await this.other(key, "GET", "/api/config");
    await this.other(key, "POST", "/api/config/publish", { reason: `adds ${end.trim()}`, ...(published ? { if: published.id } : {}) });
  }
  async inLights(where, name) {
    for (const light of ["light", "dark"]) {
      await this.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: light }]);
      await this.axe(`${where} ${light}`);
      await this.shot(`${name}-${light}`);
    }
    await this.page.emulateMediaFeatures([]);
  }
  /** In both lights, in Greek, and on a phone. */
  async inAllWays(where, name) {
    await this.inLights(where, name);
    await this.page.select("select:has(option[value=el])", "el");
    await this.page.waitForFunction(() => document.documentElement.lang === "el", { timeout: 5000 });
    await this.axe(`${where} in Greek`);
    await this.shot(`${name}-greek`);
    await this.page.select("select:has(option[value=el])", "en");
    await this.page.waitForFunction(() => document.documentElement.lang === "en", { timeout: 5000 });
    const { width, height } = this.page.viewport();
    await this.page.setViewport({ width: 380, height: 800 });
    await this.fitsPhone(where);
    await this.axe(`${where} on a phone`);
    await this.shot(`${name}-phone`);
    await this.page.setViewport({ width, height });
  }
  said = () => this.page.evaluate(() => document.body.innerText);
  async confirm(says = "") {
    await this.press("dialog button[type=submit]", says);
  }
  async gone(selector, says = "") {
    await this.page.waitForFunction(
      (selector, says) => ![...document.querySelectorAll(selector)].some((each) => each.checkVisibility() && each.textContent.includes(says)),
      { timeout: 15_000, polling: 100 }, selector, says);
  }
  async at(hash, heading) {
    await this.page.evaluate((to) => { location.hash = to; }, hash);
    await this.find("h1", heading);
  }
  async signIn(key) {
    await this.type("input[type=password]", key);
    await this.press("button[type=submit]", "Sign in");
    await this.find("nav a", "Messages");
    return this;
  }
  /** Serious findings of axe on what is shown now. */
  async axe(where) {
    await this.page.evaluate(axe.source);
    const found = await this.page.evaluate(async () => (await window.axe.run(document, { resultTypes: ["violations"] })).violations);
    const serious = found.filter((each) => ["serious", "critical"].includes(each.impact));
    if (serious.length > 0)
      throw new Error(`${where}: ${serious.map((each) => `${each.id} ${each.nodes.slice(0, 3).map((node) => node.html).join(" ")}`).join("; ")}`);
  }
  async fitsPhone(where) {
    const wide = await this.page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
    if (wide > 0) throw new Error(`${where} is ${wide} px wider than a phone`);
  }
  async shot(name) {
    if (!given.shots) return;
    await mkdir(given.shots, { recursive: true });
    await this.page.screenshot({ path: `${given.shots}/${name}.png` });
  }
  /** What the browser said that no scenario expects, and whom it asked that it must not. */
  check(...expected) {
    const faults = this.faults.filter((each) => !expected.some((part) => each.includes(part)));
    if (faults.length > 0) throw new Error(`the browser's console: ${faults.join(" | ")}`);
    const others = this.requests.filter((each) => !each.includes(given.base) && !each.includes(" data:"));
    if (others.length > 0) throw new Error(`it asked somebody else: ${others.join(", ")}`);
  }
}

const desk = (...size) => new Desk().open(...size);
const must = (good, why) => {
  if (!good) throw new Error(why);
};

const scenarios = {
  async sign_in() {
    const at = await desk();
    await at.axe("sign-in");
    await at.type("input[type=password]", "aorta_wrong");
    await at.press("button[type=submit]", "Sign in");
    await at.find("[role=alert]");
    await at.signIn(given.key);
    const cookies = await browser.cookies();
    const session = cookies.find((each) => each.name === "aorta_session");
    must(session?.httpOnly && session.sameSite === "Strict", `the cookie is ${JSON.stringify(session)}`);
    const kept = await at.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    must(!kept.includes(given.key) && !kept.includes("aortas_"), `kept: ${kept}`);
    const paint = await at.page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
    await at.axe("overview");
    await at.shot("overview");
    await at.press("button", "Sign out");
    await at.confirm("Sign out");
    await at.find("input[type=password]");
    const after = await at.page.evaluate(async () => (await fetch("/api/messages", { headers: { "X-Aorta": "console" } })).status);
    must(after === 401, `after signing out: ${after}`);
    at.check("401");
    return { paint };
  },

  async language_and_light() {
    const at = await (await desk()).signIn(given.key);
    for (const light of ["light", "dark"]) {
      await at.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: light }]);
      for (const [hash] of given.pages) {
        await at.page.evaluate((to) => { location.hash = to; }, hash);
        await at.page.waitForNetworkIdle({ idleTime: 300, timeout: 10_000 }).catch(() => {});
        await at.axe(`${hash} ${light}`);
        await at.shot(`${hash.replace(/[^a-z]/g, "") || "start"}-${light}`);
      }
    }
    await at.at("#/messages", "Messages");
    await at.page.select("header select:has(option[value=el]), select:has(option[value=el])", "el");
    await at.page.waitForFunction(() => document.documentElement.lang === "el", { timeout: 5000 });
    await at.find("h1", "Μηνύματα");
    await at.page.reload({ waitUntil: "networkidle2" });
    await at.find("h1", "Μηνύματα");
    at.check();
    return {};
  },

  async message() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/messages", "Messages");
    await at.find("table td", given.control);
    await at.shot("messages");
    await (await at.find(`a[href^="#/messages/"]`)).click();
    await at.find("h1", "ORU^R01");
    await at.shot("message");
    await at.axe("message");
    must((await at.said()).includes(given.name), "the patient's name is not shown in its script");
    await (await at.find(`a[href^="#/results/"]`)).click();
    await at.find("h1");
    await at.find("td, code, dd", "OBX[1]-5");
    await at.axe("why");
    await at.shot("why");
    at.check();
    return { said: await at.said() };
  },

  async review() {
    const anna = await (await desk()).signIn(given.key);
    await anna.at("#/review", "Review");
    await (await anna.find(`main a[href^="#/review/"]`)).click();
    await anna.find("h1");
    await anna.page.waitForNetworkIdle({ idleTime: 300 });
    await anna.axe("review");
    await anna.shot("review");
    const item = anna.page.url().split("/").at(-1);
    await anna.page.keyboard.press("1");
    await anna.find("dialog", "patient");
    await anna.find("dialog button[type=submit]", "Link");
    await anna.shot("review-link");
    await anna.axe("review dialog");
    if (given.faster) { // somebody else decides meanwhile
      const status = await anna.page.evaluate(async (of, key) => (await fetch(`/api/review/${of}/resolve`, {
        method: "POST", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: JSON.stringify({ action: "reject", reason: "mine" }),
      })).status, item, given.faster);
      must(status === 200, `the other person got ${status}`);
      await anna.confirm("Link");
      await anna.find("[role=alert], .notice", given.other);
      anna.check("409");
    } else {
      await anna.confirm("Link");
      await anna.gone("dialog");
      anna.check();
    }
    return { item };
  },

  async unmapped() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/unmapped", "");
    await at.find("article", given.code);
    await at.axe("unmapped");
    await at.shot("unmapped");
    await (await at.find("article .suggestions button")).click();
    await at.find("dialog");
    await at.confirm();
    await at.find("dialog", `${given.code} = "2345-7"`);
    await at.shot("unmapped-line");
    await at.axe("unmapped dialog");
    await at.confirm();
    await at.gone("dialog");
    await at.gone("article", given.code);
    at.check();
    return { said: await at.said() };
  },

  async laboratory() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/laboratories", "Laboratories");
    await at.axe("laboratories");
    await at.press('main a[href="#/laboratories/bioanalytica"]');
    await at.edit('K = "2823-3"', 'K = "2823-4"'); // no LOINC code
    await at.find("main", "is no LOINC code");
    await at.axe("laboratory with a fault");
    await at.shot("laboratory");
    await at.edit('K = "2823-4"', 'K = "6298-4"');
    await at.press("main button", "Save");
    await at.type("dialog input", "whole blood");
    await at.confirm();
    await at.gone("dialog");
    await at.find("main", "boss@clinic.example");
    at.check();
    return {};
  },

  async configuration() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/configuration", "Configuration");
    await at.find("main", "You have no draft");
    await at.inLights("configuration", "configuration");
    await at.press("main a", given.file);
    await at.edit(null, "\nsned = []\n");
    await at.find("main .found", "sned");
    await at.inLights("a file with a fault", "config-fault");
    await at.edit("\nsned = []\n", given.edit);
    await at.edit(...given.chain);
    await at.find("main", "No errors.");
    await at.press("main button", "Save into my draft");
    await at.find(".notices", "Saved in your draft");
    await at.gone("main .badge", "not saved");
    await at.at("#/configuration", "Configuration");
    await at.find("main", "It changes:");
    await at.press("main button", "Publish");
    await at.find("dialog", "Takes effect at once");
    await at.type("dialog input", "outpatients");
    await at.inLights("publish", "config-publish");
    await at.confirm("Publish");
    await at.find("dialog", "All nodes run it.");
    await at.inLights("published", "config-published");
    await at.confirm("Close");
    await at.gone("dialog");
    await at.find("main", "You have no draft");
    await at.find("main td", "outpatients");
    await at.inLights("a published configuration", "config-after");
    await at.page.setViewport({ width: 380, height: 800 });
    for (const [hash, name] of [["#/configuration", "configuration"], [`#/configuration/${given.file}`, "config-file"]]) {
      await at.page.evaluate((to) => { location.hash = to; }, hash);
      await at.find(name === "configuration" ? "main table" : "main textarea");
      await at.fitsPhone(hash);
      await at.axe(`${hash} on a phone`);
      await at.shot(`${name}-phone`);
    }
    await at.page.setViewport({ width: 1280, height: 900 });
    await at.at("#/configuration", "Configuration");
    // What ran before comes back.
    await at.find(`main td a[href^="#/configuration/versions/"]`);
    const rows = await at.page.$$(`main a[href^="#/configuration/versions/"]`);
    await rows.at(-1).click();
    await at.find("h1", "Version of the configuration");
    await at.find("main .diff", given.edit.trim().split("\n").at(-1));
    await at.inLights("version", "config-version");
    await at.press("main button", "Roll back to this");
    await at.find("dialog .diff");
    await at.type("dialog input", "it was wrong");
    await at.axe("roll back");
    await at.confirm("Roll back");
    await at.find("dialog", "All nodes run it.");
    await at.confirm("Close");
    await at.gone("dialog");
    await at.find("main td", "it was wrong");
    await at.page.select("select:has(option[value=el])", "el");
    await at.find("h1", "Ρυθμίσεις");
    await at.inLights("configuration in Greek", "config-greek");
    at.check();
    return {};
  },

  async config_two() {
    const at = await (await desk()).signIn(given.key);
    const mine = () => at.page.evaluate(() => document.querySelector("main textarea").value);
    await at.at(`#/configuration/${given.file}`, given.file);
    await at.edit(null, "\n# chief\n");
    await at.otherPublishes(given.faster, given.file, "\n# boss\n");
    await at.press("main button", "Save into my draft");
    await at.find(".notices", "Somebody else has changed this");
    await at.find("main .diff", "# boss");
    must((await mine()).endsWith("# chief\n"), "what was typed is lost");
    await at.inLights("overtaken", "config-overtaken");
    await at.press("main button", "Go on with my text");
    await at.edit(null, "# boss\n");
    await at.press("main button", "Save into my draft");
    await at.find(".notices", "Saved in your draft");
    // Once more, now that it is in a draft: it is to be looked at before it is published.
    await at.otherPublishes(given.faster, given.file, "\n# boss again\n");
    await at.at("#/configuration", "Configuration");
    await at.find("main .notice", "was published otherwise");
    await at.press("main button", "Publish");
    await at.find("dialog [role=alert]", given.file);
    await at.press("dialog footer button", "Close");
    await at.press("main li a", given.file);
    await at.find("main .diff", "# boss again");
    must((await mine()).includes("# chief"), "what was saved is lost");
    await at.inLights("stale", "config-stale");
    await at.edit(null, "# boss again\n");
    await at.press("main button", "I have looked");
    await at.gone("main .notice", "was changed since");
    await at.at("#/configuration", "Configuration");
    await at.gone("main .notice", "was published otherwise");
    await at.press("main button", "Publish");
    await at.find("dialog", "Takes effect at once");
    await at.type("dialog input", "both");
    await at.otherPublishes(given.faster, given.another, "\n# boss\n");
    await at.confirm("Publish");
    await at.find("dialog .notice", "Look again at what would change");
    must(await at.page.evaluate(() => document.querySelector("dialog input").value) === "both", "the reason is lost");
    await at.confirm();
    await at.find("dialog", "Takes effect at once");
    await at.confirm("Publish");
    await at.find("dialog", "All nodes run it.");
    at.check("409");
    return {};
  },

  async config_cases() {
    const at = await (await desk()).signIn(given.key);
    await at.at(`#/configuration/${given.file}`, given.file);
    await at.edit(...given.wrong);
    await at.press("main button", "Save into my draft");
    await at.find(".notices", "Saved in your draft");
    await at.at("#/configuration", "Configuration");
    await at.press("main button", "Check with cases");
    await at.find("main .found", given.failing);
    await at.find("main .found", given.difference);
    await at.inLights("checked", "config-checked");
    await at.press("main button", "Publish");
    await at.find("dialog", "Takes effect at once");
    await at.type("dialog input", "another panel");
    await at.confirm("Publish");
    await at.find("dialog [role=group]", given.failing);
    await at.inLights("failing cases", "config-cases");
    await at.type("dialog [role=group] input", "the panel was changed");
    await at.confirm("Publish nevertheless");
    await at.find("dialog", "All nodes run it.");
    await at.confirm("Close");
    await at.find("main", "the panel was changed");
    at.check("422");
    return {};
  },

  async config_approve() {
    const at = await (await desk()).signIn(given.key);
    await at.at(`#/configuration/${given.file}`, given.file);
    await at.edit(null, "\n# proposed\n");
    await at.press("main button", "Save into my draft");
    await at.find(".notices", "Saved in your draft");
    await at.at("#/configuration", "Configuration");
    await at.press("main button", "Publish");
    await at.find("dialog", "A second person must approve it.");
    await at.type("dialog input", "outpatients");
    await at.confirm("Publish");
    await at.find("dialog", "It waits for a second person");
    await at.confirm("Close");
    await at.find("main article", "You have proposed it yourself");
    await at.inLights("one's own proposal", "config-proposed");
    await at.press("button", "Sign out");
    await at.confirm("Sign out");
    await at.signIn(given.second);
    await at.at("#/configuration", "Configuration");
    await at.press("main article a", "Look");
    await at.find("main .diff", "# proposed");
    await at.axe("a proposal");
    await at.press("main button", "Approve");
    await at.find("dialog .diff", "# proposed");
    await at.type("dialog input", "I have looked");
    await at.confirm("Approve");
    await at.find("dialog", "All nodes run it.");
    await at.confirm("Close");
    await at.gone("main h2", "Waits for a second person");
    at.check();
    return {};
  },

  async keys() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/keys", "Keys");
    await at.axe("keys");
    await at.press("main button", "New key");
    await at.type("dialog input", "reader");
    await at.confirm();
    const secret = await (await at.find("dialog code, dialog input[readonly], dialog output", "aorta_")).evaluate((each) => each.value ?? each.textContent);
    await at.axe("a new key");
    await at.page.keyboard.press("Escape");
    await at.find("main td", "reader");
    must(!(await at.said()).includes(secret.trim()), "the secret is still shown");
    at.check();
    return { secret: secret.trim() };
  },

  async critical() {
    const at = await (await desk(380, 800)).signIn(given.key);
    await at.at("#/critical", "Critical");
    await at.find("td, article, li", "7.2");
    await at.fitsPhone("critical");
    await at.axe("critical");
    await at.shot("critical-phone");
    await at.press("main button", "Acknowledge");
    await at.fitsPhone("critical dialog");
    await at.confirm();
    await at.gone("dialog");
    await at.press("main button", "Read back");
    await at.type("dialog input", "7.3");
    await at.confirm();
    await at.find("dialog", "differs");
    await at.type("dialog input", "7.2");
    await at.confirm();
    await at.gone("dialog");
    await at.at("#/review", "Review");
    await at.fitsPhone("review");
    await at.shot("review-phone");
    at.check("422");
    return {};
  },

  async lost_server() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/messages", "Messages");
    await at.page.setOfflineMode(true);
    await at.press("button", "Refresh").catch(() => at.press("button", "Show"));
    await at.find(".notice, [role=alert], [role=status]", "does not answer");
    await at.find("nav a", "Review");
    await at.page.setOfflineMode(false);
    await at.press("button", "Refresh").catch(() => at.press("button", "Show"));
    await at.gone(".notice, [role=alert], [role=status]", "does not answer");
    at.check("ERR_INTERNET_DISCONNECTED");
    return {};
  },

  async keyboard() {
    const at = await (await desk()).signIn(given.key);
    const keys = at.page.keyboard;
    await keys.press("?");
    await at.find("dialog", "Keys");
    await keys.press("Escape");
    await at.gone("dialog");
    await keys.press("g");
    await keys.press("m");
    await at.find("h1", "Messages");
    await at.find("table td", given.control);
    await keys.press("j");
    await keys.press("Enter");
    await at.find("h1", "ORU^R01");
    at.check();
    return {};
  },

  async live() {
    const at = await (await desk()).signIn(given.key);
    await at.find("main tr", "lab");
    await at.find("main .tile", "1 reviews open");
    await at.find("nav a[href='#/review'] .badge", "1");
    const asked = (path) => at.requests.filter((each) => each.endsWith(path)).length;
    must(asked("/api/stream") === 1, "the stream is not asked for once");
    const count = () => at.page.evaluate((name) => {
      const row = [...document.querySelectorAll("main tr")].find((each) => each.textContent.startsWith(name));
      return Number(row.querySelector("td[data-head=processed] div").textContent);
    }, given.route);
    const before = await count();
    console.error("ready"); // messages come from now on
    await at.page.waitForFunction((name, least) => {
      const row = [...document.querySelectorAll("main tr")].find((each) => each.textContent.startsWith(name));
      return Number(row?.querySelector("td[data-head=processed] div").textContent) >= least;
    }, { timeout: 30_000, polling: 200 }, given.route, before + given.messages);
    await at.find("main td[data-head^='ACK, half']", " ms");
    await at.page.waitForFunction(() => document.querySelector("main svg.spark polyline").points.length > 3, { timeout: 10_000 });
    must(asked("/api/routes") + asked("/ready") + asked("/api/destinations") === 0, `it asks although it is told: ${at.requests.slice(-9).join(", ")}`);
    await at.inAllWays("overview", "overview-live");
    // Nobody looks: it rests.
    await at.page.evaluate(() => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    must(asked("/api/stream") === 1, "it is asked for while nobody looks");
    await at.page.evaluate(() => {
      delete document.hidden;
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await at.page.waitForFunction(() => document.querySelector("nav .badge") !== null, { timeout: 10_000 });
    must(asked("/api/stream") === 2, "it is not asked for again");
    // It is away: what it told is asked for instead, and it is tried again.
    await at.page.setRequestInterception(true);
    let away = true;
    at.page.on("request", (each) => {
      if (away && each.url().endsWith("/api/stream")) void each.respond({ status: 503, contentType: "application/json", body: '{"error": {"code": "busy", "message": "too many streams"}}' });
      else void each.continue();
    });
    await at.page.reload({ waitUntil: "domcontentloaded" });
    await at.find("main .notice", "Live figures are away");
    await at.find("main tr", given.route);
    must(asked("/api/routes") > 0, "nothing is asked for in its place");
    await at.shot("overview-away");
    away = false;
    await at.gone("main .notice", "Live figures are away");
    await at.find("main h2", "What comes in");
    at.check("503", "ERR_ABORTED");
    return {};
  },

  async revoked() { // nobody touches anything
    const at = await (await desk()).signIn(given.key);
    await at.find("main h2", "What comes in");
    console.error("ready");
    await at.find("main input[type=password]");
    await at.find("main [role=status]", "The session has ended.");
    at.check("401");
    return {};
  },

  async routes() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/routes", "Routes");
    const route = given.file.split("/").at(-1).replace(".toml", "");
    await at.find("main article .chain li", "persist");
    await at.find("main article .chain li", "connections");
    await at.press("main article button", `Try a message ${route}`);
    await at.find("main article textarea");
    await at.page.evaluate((text) => {
      const area = document.querySelector("main article textarea");
      area.value = text;
      area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }, given.message);
    await at.press("main article .trial button", "Try");
    await at.find("main .trial article td", "2823-3");
    await at.find("main .trial article pre", "", 1).catch(() => at.press("main .trial summary", "The acknowledgement"));
    await at.find("main .trial article pre", "MSA|AA");
    await at.inAllWays("routes", "routes");
    await at.press("main article .links a", given.file);
    await at.find("h1", given.file);
    at.check();
    return {};
  },

  async try_draft() {
    const at = await (await desk()).signIn(given.key);
    const fill = (text) => at.page.evaluate((text) => {
      const area = document.querySelector("main .trial textarea");
      area.value = text;
      area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }, text);
    await at.at(`#/configuration/${given.file}`, given.file);
    await at.edit(null, given.edit);
    await at.edit(...given.chain);
    await at.find("main .notice", "is not tried");
    await at.press("main button", "Save into my draft");
    await at.find(".notices", "Saved in your draft");
    await at.find("main .trial textarea");
    await fill(given.message);
    await at.press("main .trial button", "Try");
    await at.find("main .trial article li", "PV1-2");
    await at.find("main .trial article li a", `${given.file}:`);
    await at.inAllWays("a message tried by a draft", "try-file");
    await fill("nothing of HL7");
    await at.press("main .trial button", "Try");
    await at.find("main .trial [role=alert], main .trial article .notice");
    // And one that came.
    await at.at("#/messages", "Messages");
    await (await at.find(`main a[href^="#/messages/"]`)).click();
    await at.press("main a", "Try by my draft");
    await at.find("h1", "Try a message");
    await at.find("main .trial textarea");
    must((await at.page.evaluate(() => document.querySelector("main .trial textarea").value)).startsWith("MSH|"), "the message is not there");
    await at.press("main .trial button", "Try");
    await at.find("main .trial article li", "PV1-2");
    await at.page.select("main .trial select:has(option[value=draft])", "running");
    await at.gone("main .trial article");
    await at.press("main .trial button", "Try");
    await at.find("main .trial article td", "2823-3");
    must(!(await at.said()).includes("set PV1-2"), "the draft's edit is told of what runs");
    await at.inAllWays("a message that came, tried", "try-message");
    at.check("400", "422");
    return {};
  },

  async shadow() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/configuration/shadow", "Draft beside what runs");
    await at.find("main", "Nothing reads beside on this node.");
    await at.find("main .hint", "You have no draft");
    await at.at(`#/configuration/${given.file}`, given.file);
    await at.edit(...given.edit);
    await at.press("main button", "Save into my draft");
    await at.find(".notices", "Saved in your draft");
    await at.at("#/configuration", "Configuration");
    await at.press("main a", "Draft beside what runs");
    await at.press("main button", "Begin");
    await at.type("dialog input", "5");
    await at.axe("beginning of a draft beside");
    await at.confirm("Begin");
    await at.gone("dialog");
    await at.find("main .badge", "reads beside");
    console.error("ready");
    await at.find("main td", given.after, 30);
    await at.find("main strong", `${given.messages} messages read`);
    await at.inAllWays("a draft beside", "shadow");
    await at.press("main td a[href^='#/messages/']", "1");
    await at.find("h1", "Message");
    await at.at("#/configuration/shadow", "Draft beside what runs");
    await at.press("main button", "End it");
    await at.confirm("End it");
    await at.gone("dialog");
    await at.find("main", "Nothing reads beside on this node.");
    at.check("404");
    return {};
  },

  async webhooks() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/events", "Events");
    await at.find("main", "Nobody hears of events.");
    await at.press("main button", "New webhook");
    await at.type("dialog input:not([type=checkbox])", "ftp://nowhere");
    await at.press("dialog label", "critical value");
    await at.axe("a new webhook");
    await at.confirm("Create");
    await at.find("dialog [role=alert]", "cannot be used");
    await at.type("dialog input:not([type=checkbox])", given.url);
    await at.shot("webhook-new");
    await at.confirm("Create");
    const secret = await (await at.find("dialog code", "whsec_")).evaluate((each) => each.textContent);
    await at.axe("the secret of a webhook");
    await at.confirm("I have kept it");
    await at.gone("dialog");
    await at.find("main td", given.url);
    must(!(await at.said()).includes(secret), "the secret is still shown");
    await at.press("main button", `Test ${given.url}`);
    await at.confirm("Test");
    await at.find("main [role=status] .badge", "sent");
    await at.press("main button", `Change ${given.url}`);
    await at.press("dialog label", "all of them");
    await at.confirm("Save");
    await at.gone("dialog");
    await at.find("main td", "all of them");
    await at.press("main button", "Refresh");
    await at.find("main td", "results filed");
    await at.press("main td summary", "Show");
    await at.inAllWays("events", "events");
    await at.page.select("main select", "false");
    await at.find("h1", "Events");
    await at.press("main button", `Pause ${given.url}`);
    await at.confirm("Pause");
    await at.find("main td .badge", "paused");
    await at.press("main button", `Delete ${given.url}`);
    await at.confirm("Delete");
    await at.find("main", "Nobody hears of events.");
    at.check("422");
    return { secret };
  },

  async exports() {
    const at = await (await desk()).signIn(given.key);
    const browserSession = await browser.target().createCDPSession();
    await browserSession.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: given.folder });
    await at.at("#/exports", "Exports");
    await at.find("main", "Nothing has been exported.");
    await at.press("main button", "New export");
    await at.type("dialog input:not([type=checkbox])", "for the ministry");
    await at.press("dialog label", "Patient");
    await at.press("dialog label", "Observation");
    await at.inLights("a new export", "export-new");
    await at.confirm("Begin");
    await at.find("h1", "Export");
    await at.find("main .badge", "done");
    await at.find("main td", "Patient");
    await at.inAllWays("an export", "export");
    await at.press("main button", "Download Patient");
    await at.gone("main button", "Working");
    await at.at("#/exports", "Exports");
    await at.find("main td", "done");
    await at.inAllWays("exports", "exports");
    await (await at.find("main a[href^='#/exports/']")).click();
    await at.press("main button", "Delete its files");
    await at.confirm("Delete its files");
    await at.find("h1", "Exports");
    await at.find("main td", "cancelled");
    at.check();
    return {};
  },

  async gesy() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/gesy", "Gesy");
    await at.find("main .badge", "Gesy answers");
    await at.find("main td", given.beneficiary);
    await at.inAllWays("Gesy", "gesy");
    await (await at.find("main a[href^='#/gesy/']")).click();
    await at.find("main td", given.procedure);
    await at.inAllWays("a claim", "claim");
    at.check();
    return { said: await at.said() };
  },

  async no_gesy() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/gesy", "Gesy");
    await at.find("main", "Gesy is not configured here.");
    at.check("404");
    return {};
  },

  async end_job() {
    const at = await (await desk()).signIn(given.key);
    await at.at("#/jobs", "Jobs");
    await at.find("main td .badge", "running");
    await at.inAllWays("jobs", "jobs");
    await (await at.find(`main a[href^="#/imports/"]`)).click();
    await at.find("main dd .badge", "running");
    await at.press("main button", "End it");
    await at.axe("ending a job");
    await at.confirm("End it");
    await at.gone("dialog");
    await at.find("main dd .badge", "cancelled");
    must((await at.page.$$("main .head button")).length === 0, "what has ended can still be ended");
    at.check();
    return {};
  },

  async long_lists() {
    const at = await (await desk()).signIn(given.key);
    const rows = (where) => at.page.evaluate((where) => document.querySelectorAll(`${where} tbody tr`).length, where);
    await at.at("#/messages", "Messages");
    await at.find("main table td");
    await at.page.evaluate((id) => {
      window.begun = performance.now();
      location.hash = `#/messages/${id}`;
      new MutationObserver((_, watch) => {
        if (document.querySelector("table.segments td") === null) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => { window.took = performance.now() - window.begun; }));
      }).observe(document.body, { childList: true, subtree: true });
    }, given.id);
    const took = await (await at.page.waitForFunction(() => window.took, { timeout: 30_000 })).jsonValue();
    must((await rows("main .cards")) <= 100 + 20 && (await rows("main .segments")) <= 100, "all rows of a long message are drawn");
    await at.shot("long-message");
    await at.press("main button", "Show more (1,900 left)");
    await at.find("main button", "Show more (1,700 left)");
    // A list keeps a thousand rows.
    await at.at("#/messages?limit=1", "Messages");
    await at.find("main table td");
    for (let n = 0; n < given.pages; n += 1) {
      const before = await at.page.evaluate(() => document.querySelector("main tbody tr:last-child").textContent);
      await at.press("main button", "More");
      await at.page.waitForFunction((before) => document.querySelector("main tbody tr:last-child").textContent !== before, { timeout: 20_000, polling: 30 }, before);
    }
    must((await rows("main")) === 1000, `${await rows("main")} rows are kept`);
    await at.find("main .hint", "rows are not shown any more");
    at.check();
    return { took };
  },

  async quiet() { // nobody looks: nothing is asked
    const at = await (await desk()).signIn(given.key);
    await at.at("#/messages", "Messages");
    await at.page.waitForNetworkIdle({ idleTime: 500 });
    const before = at.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    must(at.requests.length === before, `a list that nobody touches asked: ${at.requests.slice(before).join(", ")}`);
    at.check();
    return {};
  },
};

try {
  console.log(JSON.stringify(await scenarios[scenario]()));
} catch (why) {
  console.log(String(why.stack ?? why).slice(0, 4000));
  process.exitCode = 1;
} finally {
  await browser.close();
}
