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
    await this.page.waitForFunction((each) => each.getAttribute("aria-disabled") !== "true", { timeout: 15_000, polling: 50 }, found);
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
