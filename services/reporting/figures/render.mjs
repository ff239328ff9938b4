// Vega-Lite specifications → static SVG.
//
// Standard input: a JSON array of {"id", "spec"}. Standard output: a JSON array, in the same order, of {"id", "svg"} or
// {"id", "error"}. One process renders everything; nothing is fetched; the same input gives the same bytes, whatever was
// rendered before it. Exit code 0 when every figure has an answer (an error is an answer), 2 when the input is no such
// array, 3 when the packages are not installed.
import process from 'node:process';

let vega;
let vegaLite;
try {
  vega = await import('vega');
  vegaLite = await import('vega-lite');
} catch (error) {
  process.stderr.write(`the packages of the figure renderer are not installed: ${error.message}\n`);
  process.exit(3);
}

// Advance widths of a sans-serif face in thousandths of the font size (Helvetica's metrics, which Arial, Liberation Sans
// and most generic sans-serif faces share), for U+0020 to U+007E. Vega without a canvas takes 0.8 em for every character,
// which is too wide for Latin letters and too narrow for Chinese ones, so labels would be cut or collide.
const LATIN_WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
  667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
  556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
// A margin for faces wider than Helvetica, such as DejaVu Sans.
const SAFETY = 1.16;

function isWide(code) {
  return (
    (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x20000 && code <= 0x3fffd)
  );
}

function characterWidth(code) {
  if (code >= 0x20 && code <= 0x7e) return LATIN_WIDTHS[code - 0x20];
  if (code >= 0x0300 && code <= 0x036f) return 0;
  return isWide(code) ? 1000 : 600;
}

function textWidth(item, text) {
  const value = text === undefined ? item.text : text;
  const lines = Array.isArray(value) ? value : [value];
  const size = item.fontSize === undefined || item.fontSize === null ? 11 : Number(item.fontSize) || 0;
  const weight = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600 ? 1.06 : 1;
  let widest = 0;
  for (const line of lines) {
    let width = 0;
    for (const character of line === null || line === undefined ? '' : String(line)) {
      width += characterWidth(character.codePointAt(0));
    }
    widest = Math.max(widest, width);
  }
  return (widest * size * weight * SAFETY) / 1000;
}
vega.textMetrics.width = textWidth;

function escapeXml(text) {
  return String(text).replace(/[&<>"]/g, (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'})[c]);
}

// A specification carries its data; whoever names an address gets an error.
const offlineLoader = {
  load: () => Promise.reject(new Error('a specification must hold its data; nothing is fetched')),
  sanitize: () => Promise.reject(new Error('links are not allowed in a figure')),
  http: () => Promise.reject(new Error('nothing is fetched')),
  file: () => Promise.reject(new Error('nothing is read')),
};

function findUrl(node) {
  if (Array.isArray(node)) return node.some(findUrl);
  if (node === null || typeof node !== 'object') return false;
  if (typeof node.url === 'string') return true;
  return Object.entries(node).some(([key, value]) => key !== 'values' && findUrl(value));
}

// The name and the description for readers who do not see the picture, and ids that stay unique when several figures stand
// in one page.
function finish(svg, id, spec) {
  const safe = id.replace(/[^A-Za-z0-9_-]/g, '_');
  const title = (spec.usermeta && spec.usermeta.title) || id;
  const description = spec.description || title;
  const unique = svg
    .replace(/ id="([^"]+)"/g, (_, name) => ` id="${safe}-${name}"`)
    .replace(/url\(#([^)]+)\)/g, (_, name) => `url(#${safe}-${name})`);
  const head = `<svg role="img" aria-labelledby="${safe}-title ${safe}-desc" `;
  const {snapshot, study, synthetic} = spec.usermeta || {};
  const origin = [snapshot && `snapshot ${snapshot}`, study && `study ${study}`, synthetic && 'SYNTHETIC DATA'];
  const metadata = origin.some(Boolean) ? `<metadata>${escapeXml(origin.filter(Boolean).join('; '))}</metadata>` : '';
  const end = unique.indexOf('>');
  return (
    head + unique.slice('<svg '.length, end + 1) +
    `<title id="${safe}-title">${escapeXml(title)}</title><desc id="${safe}-desc">${escapeXml(description)}</desc>${metadata}` +
    unique.slice(end + 1)
  );
}

async function renderOne(figure) {
  const spec = typeof figure.spec === 'string' ? JSON.parse(figure.spec) : figure.spec;
  if (findUrl(spec)) throw new Error('a specification must hold its data; nothing is fetched');
  const problems = [];
  const logger = {
    level: () => logger,
    error: (...words) => (problems.push(words.join(' ')), logger),
    warn: (...words) => (problems.push(words.join(' ')), logger),
    info: () => logger,
    debug: () => logger,
  };
  const compiled = vegaLite.compile(spec, {logger});
  // Numbers that count clip paths and gradients start again, so that a figure does not depend on those before it.
  vega.resetSVGClipId();
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(compiled.spec), {renderer: 'none', loader: offlineLoader, logger});
  await view.runAsync();
  const svg = await view.toSVG();
  view.finalize();
  if (problems.length > 0) throw new Error(problems.join('; '));
  return finish(svg, figure.id, spec);
}

async function readInput() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const figures = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (!Array.isArray(figures) || figures.some((f) => f === null || typeof f !== 'object' || typeof f.id !== 'string')) {
    throw new Error('expected an array of {"id", "spec"}');
  }
  return figures;
}

let figures;
try {
  figures = await readInput();
} catch (error) {
  process.stderr.write(`unreadable input: ${error.message}\n`);
  process.exit(2);
}
const answers = [];
for (const figure of figures) {
  try {
    answers.push({id: figure.id, svg: await renderOne(figure)});
  } catch (error) {
    answers.push({id: figure.id, error: String(error && error.message ? error.message : error)});
  }
}
process.stdout.write(JSON.stringify(answers) + '\n');
