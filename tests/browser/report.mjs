// Looks at the page of a plan in a real browser, as a person with a keyboard would, and says what there was to see.
//
// node report.mjs MODULES CHROMIUM PAGE PICTURES: writes one line of JSON; pictures go into the last folder.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, chromium, file, pictures] = process.argv.slice(2);
const { chromium: browserType } = createRequire(import.meta.url)(join(modules, "playwright-core"));

const browser = await browserType.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
const problems = [];
const requests = [];
page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
page.on("pageerror", (error) => problems.push(String(error)));
page.on("request", (request) => requests.push(request.url()));
await page.goto(pathToFileURL(file).href);

const found = () => page.locator("#found").textContent();
const visible = () => page.locator(".change[data-count]:not([hidden])").count();
const focused = () => page.evaluate(() => document.activeElement.closest(".change")?.dataset.resource ?? null);
const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const overflows = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
const said = { problems, title: await page.title(), all: await found() };

await page.screenshot({ path: join(pictures, "light.png"), fullPage: true });
said.light = await colour();
await page.emulateMedia({ colorScheme: "dark" });
said.dark = await colour();
await page.screenshot({ path: join(pictures, "dark.png"), fullPage: true });
await page.locator("#theme").press("Enter");
said.chosen = await colour();
await page.locator("#theme").press("Enter");

// By keyboard: search, leave the search, go to the first change, open it.
await page.keyboard.press("/");
await page.keyboard.type("r7");
said.searched = await visible();
await page.keyboard.press("Escape");
said.escaped = await visible();
await page.locator("h1").click();
await page.keyboard.press("j");
said.first = await focused();
await page.keyboard.press("Enter");
said.opened = await page.locator(".change[open]").count();
await page.keyboard.press("j");
said.second = await focused();
await page.keyboard.press("Enter");
said.rows = await page.locator(".change[open] table tbody tr").count();

// Filters, and a node of the graph as one.
await page.locator("input[name='action'][value='create']").press(" ");
said.withoutCreations = await visible();
await page.locator("input[name='action'][value='create']").press(" ");
const node = page.locator(".sheetbox.chosen .node").first();
await node.focus();
await page.keyboard.press("Enter");
said.picked = await visible();
said.lit = await page.locator(".sheetbox.chosen .edge.lit").count();
await page.screenshot({ path: join(pictures, "picked.png") });
await page.keyboard.press("Escape");
said.left = await visible();

// The graph can be read: nodes do not overlap, and text is within its node.
said.levels = await page.locator("input[name='level']").count();
said.nodes = await page.locator(".sheetbox.chosen .node").count();
said.overlaps = await page.evaluate(() => {
  const boxes = Array.from(document.querySelectorAll(".sheetbox.chosen .node rect"), (box) => box.getBoundingClientRect());
  let count = 0;
  boxes.forEach((a, at) => boxes.slice(at + 1).forEach((b) => {
    if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) count += 1;
  }));
  return count;
});
said.spills = await page.evaluate(() => Array.from(document.querySelectorAll(".sheetbox.chosen .node")).filter((node) => {
  const box = node.querySelector("rect").getBoundingClientRect();
  return Array.from(node.querySelectorAll("text")).some((text) => text.getBoundingClientRect().right > box.right);
}).length);

said.overflows = [await overflows()];
await page.setViewportSize({ width: 390, height: 800 });
said.overflows.push(await overflows());
await page.screenshot({ path: join(pictures, "narrow.png") });
said.requests = requests.filter((url) => !url.startsWith("file:")).length;
await browser.close();
console.log(JSON.stringify(said));
