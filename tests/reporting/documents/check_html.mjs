// check_html.mjs PAGE REPORT_JSON AXE [FOLDER]: headless Chromium shows the page without a message, a fault or a request; what it
// shows can be read without seeing it, in print and in the dark, and breaks no rule of axe-core (AXE: its script) that matters.
// PAGE: a report.html, or the brief.html beside it. FOLDER: pictures of the page are left there.
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {pathToFileURL} from 'node:url';

const [page, reportFile, axeFile, folder] = process.argv.slice(2);
const report = JSON.parse(readFileSync(reportFile, 'utf8'));
const isBrief = path.basename(page).startsWith('brief');
const drawings = isBrief ? Number(Boolean(report.brief.figure)) : report.figures.length;
const axe = readFileSync(axeFile, 'utf8');
const faults = [];
const profile = mkdtempSync(path.join(tmpdir(), 'chromium-'));
const browser = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
  '--disable-background-networking', '--no-first-run', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'],
  {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});

// The protocol of the browser's tools: JSON messages that end in a zero byte.
let last = 0;
const waiting = new Map();
const listeners = [];
let rest = '';
browser.stdio[4].on('data', (bytes) => {
  rest += bytes.toString('utf8');
  for (let end = rest.indexOf('\0'); end >= 0; end = rest.indexOf('\0')) {
    const message = JSON.parse(rest.slice(0, end));
    rest = rest.slice(end + 1);
    if (message.id) {
      const {resolve, reject} = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) reject(new Error(message.error.message));
      else resolve(message.result);
    } else {
      for (const listener of listeners) listener(message);
    }
  }
});
function call(method, params = {}, sessionId = undefined) {
  last += 1;
  const id = last;
  browser.stdio[3].write(`${JSON.stringify({id, method, params, sessionId})}\0`);
  return new Promise((resolve, reject) => waiting.set(id, {resolve, reject}));
}

// Run inside the page: what a reader of the accessibility tree would miss.
function inspect(figures, brief) {
  const found = [];
  const add = (what) => found.push(what);
  const name = (element) => (element.outerHTML || '').slice(0, 90);
  if (!document.documentElement.lang) add('the page has no language');
  if (!document.title) add('the page has no title');
  if (document.querySelectorAll('h1').length !== 1) add('not one heading of the first level');
  if (document.querySelectorAll('main').length !== 1) add('not one main landmark');
  if (document.querySelector('script, link, iframe, object, embed')) add('a script or an external part');
  let level = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) add(`heading level skipped: ${name(heading)}`);
    level = now;
  }
  const ids = new Set();
  for (const element of document.querySelectorAll('[id]')) {
    if (ids.has(element.id)) add(`id twice: ${element.id}`);
    ids.add(element.id);
  }
  for (const element of document.querySelectorAll('[aria-labelledby]')) {
    for (const id of element.getAttribute('aria-labelledby').split(/\s+/)) {
      if (!ids.has(id)) add(`labelled by nothing: ${id}`);
    }
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!ids.has(link.getAttribute('href').slice(1))) add(`a link to nothing: ${name(link)}`);
    if (!link.textContent.trim()) add('a link without text');
  }
  for (const image of document.querySelectorAll('img')) if (!image.alt) add(`no alt: ${name(image)}`);
  const pictures = [...document.querySelectorAll('svg')].filter((svg) => !svg.parentElement.closest('svg'));
  if (pictures.length !== figures) add(`${pictures.length} drawings, not ${figures}`);
  for (const svg of pictures) {
    const title = svg.querySelector(':scope > title');
    if (svg.getAttribute('role') !== 'img') add(`not an image: ${name(svg)}`);
    if (!title || !title.textContent.trim()) add(`no title: ${name(svg)}`);
    const box = svg.getBoundingClientRect();
    if (box.width < 50 || box.height < 50) add(`a drawing of ${box.width} by ${box.height}`);
    const marks = svg.querySelectorAll('path, rect, circle, line, text').length;
    if (marks < 1) add('an empty drawing');
    // Nothing drawn outside the picture is seen.
    for (const text of svg.querySelectorAll('text')) {
      const at = text.getBoundingClientRect();
      if (at.width === 0) continue;
      if (at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 1 || at.bottom > box.bottom + 1) {
        add(`a clipped label: '${text.textContent}'`);
      }
    }
  }
  for (const figure of document.querySelectorAll('figure')) {
    if (!figure.querySelector('figcaption')) add(`no caption: ${figure.id}`);
    if (brief) continue;  // its numbers stand in the report
    const table = figure.querySelector('details table');
    if (!table || table.querySelectorAll('tbody td').length === 0) add(`no data under ${figure.id}`);
  }
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption) add(`a table without caption: ${name(table)}`);
    for (const head of table.querySelectorAll('th')) {
      if (!head.scope) add(`a head without scope: ${name(head)}`);
      if (!head.textContent.trim() && head.getAttribute('scope') === 'col') add(`an empty head: ${name(head)}`);
    }
  }
  for (const box of document.querySelectorAll('.scroll, .picture')) {
    const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (scrolls && box.tabIndex < 0) add(`scrolls but takes no keys: ${name(box)}`);
  }
  // Contrast of text with its background (WCAG 2: 4.5, or 3 for large text).
  const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const parse = (color) => (color.match(/[\d.]+/g) || []).map(Number);
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('svg') || element.closest('[aria-hidden]')) continue;
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    const style = getComputedStyle(element);
    const front = luminance(parse(style.color));
    const back = luminance(background(element));
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < 4.5 && !seen.has(style.color)) {
      seen.add(style.color);
      add(`contrast ${ratio.toFixed(2)}: ${name(element)}`);
    }
  }
  if (document.documentElement.scrollWidth > window.innerWidth + 1) {
    add(`the page is ${document.documentElement.scrollWidth} wide in a window of ${window.innerWidth}`);
  }
  return found;
}

// What axe-core calls serious or critical: of the shape of the page, of its colours. The page may not run scripts of its
// own; the browser's tools may.
async function broken(ask, {shape, colours}) {
  const evaluate = async (expression) => {
    const {result, exceptionDetails} = await ask('Runtime.evaluate', {expression, returnByValue: true, awaitPromise: true});
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await evaluate(`${axe}; 0`);
  const run = (context, options) => evaluate(`axe.run(${context}, {preload: false, resultTypes: ['violations'], ${options}})
    .then((result) => result.violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map((one) => one.id + ' (' + one.impact + ', ' + one.nodes.length + ' times): ' + one.nodes[0].html.slice(0, 120) +
        ' ' + (one.nodes[0].failureSummary || '').replace(/\\s+/g, ' ').slice(0, 200)))`);
  // To find what lies behind a cell takes axe-core ten milliseconds, half a minute for all of a page: inspect() looks at
  // the contrast of theirs.
  return [
    ...shape ? await run('document', "rules: {'color-contrast': {enabled: false}}") : [],
    ...colours ? await run("{exclude: [['tbody']]}", "runOnly: ['color-contrast']") : [],
  ];
}

async function main() {
  if (statSync(page).size >= 2_000_000) faults.push(`${statSync(page).size} bytes`);
  const {targetId} = await call('Target.createTarget', {url: 'about:blank'});
  const {sessionId} = await call('Target.attachToTarget', {targetId, flatten: true});
  const ask = (method, params) => call(method, params, sessionId);
  const address = pathToFileURL(path.resolve(page)).href;
  let loaded;
  const load = new Promise((resolve) => { loaded = resolve; });
  listeners.push((message) => {
    const {method, params} = message;
    if (method === 'Runtime.consoleAPICalled') faults.push(`console: ${JSON.stringify(params.args)}`);
    if (method === 'Runtime.exceptionThrown') faults.push(`exception: ${params.exceptionDetails.text}`);
    if (method === 'Log.entryAdded') faults.push(`log: ${params.entry.text}`);
    if (method === 'Network.requestWillBeSent' && params.request.url !== address) faults.push(`asks for ${params.request.url}`);
    if (method === 'Page.loadEventFired') loaded();
  });
  for (const domain of ['Runtime', 'Log', 'Network', 'Page']) await ask(`${domain}.enable`);
  const shown = async (what, width, media, scheme, looked) => {
    await ask('Emulation.setDeviceMetricsOverride', {width, height: 1000, deviceScaleFactor: 1, mobile: false});
    await ask('Emulation.setEmulatedMedia', {media, features: [{name: 'prefers-color-scheme', value: scheme}]});
    const {result, exceptionDetails} = await ask('Runtime.evaluate',
      {expression: `(${inspect})(${drawings}, ${isBrief})`, returnByValue: true});
    if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
    for (const fault of result.value) faults.push(`${what}: ${fault}`);
    for (const fault of await broken(ask, looked)) faults.push(`${what}: ${fault}`);
    if (folder) {
      const {data} = await ask('Page.captureScreenshot', {captureBeyondViewport: true});
      writeFileSync(path.join(folder, `${what}.png`), Buffer.from(data, 'base64'));
    }
    const {result: colour} = await ask('Runtime.evaluate',
      {expression: 'getComputedStyle(document.body).backgroundColor', returnByValue: true});
    return colour.value;
  };
  await ask('Page.navigate', {url: address});
  await load;
  const light = await shown('wide', 1200, 'screen', 'light', {shape: true, colours: true});
  await shown('narrow', 390, 'screen', 'light', {shape: true});
  const dark = await shown('dark', 1200, 'screen', 'dark', {colours: true});
  const print = await shown('print', 800, 'print', 'dark', {});
  if (dark === light) faults.push('the same by day and by night');
  if (print !== light) faults.push('printed on another paper than white');
  await call('Browser.close');
}

const limit = setTimeout(() => {
  process.stderr.write('the browser does not answer\n');
  browser.kill('SIGKILL');
  process.exit(1);
}, 180_000);
try {
  await main();
} catch (error) {
  faults.push(String(error));
}
clearTimeout(limit);
browser.kill();
await new Promise((resolve) => { browser.once('exit', resolve); setTimeout(resolve, 5000); });
// The browser's last processes may still write there for a while.
for (let attempt = 0; attempt < 50; ++attempt) {
  try {
    rmSync(profile, {recursive: true, force: true});
    break;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
process.stdout.write(`${faults.join('\n') || 'clean'}\n`);
process.exit(faults.length > 0 ? 1 : 0);
