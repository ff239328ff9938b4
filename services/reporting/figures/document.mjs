// A report as an editable Word document.
//
// Standard input: {"report": the report's JSON, "pictures": {figure id: {"png": base64, "width": px, "height": px}}}. Standard
// output: the .docx file. Tables are Word tables with three rules, figures are pictures with alternative text. The same input
// gives the same bytes. Exit code 2 when the input cannot be read, 3 when the packages are not installed.
import {Buffer} from 'node:buffer';
import process from 'node:process';

// The library dates the document and names its parts by the clock and by chance.
const EPOCH = Number(process.env.SOURCE_DATE_EPOCH || 315532800) * 1000;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [EPOCH] : parts));
  }
  static now() {
    return EPOCH;
  }
};
let drawn = 0;
Math.random = () => ((drawn += 1) * 0.6180339887498949) % 1;

let docx;
try {
  docx = await import('docx');
} catch (error) {
  process.stderr.write(`the packages of the document writer are not installed: ${error.message}\n`);
  process.exit(3);
}

// Lengths in twentieths of a point.
const PAGE = {short: 11906, long: 16838, margin: 1134};
const CELL_MARGIN = 60;
const TEXT_SIZE = 21;
const TABLE_SIZES = [18, 16, 14, 12];
const NOTE_SIZE = 16;
const RED = 'B00020';

const textWidth = (landscape) => (landscape ? PAGE.long : PAGE.short) - 2 * PAGE.margin;

// Width of a text in units of half the font size.
function units(text) {
  let count = 0;
  for (const character of String(text)) count += character.codePointAt(0) >= 0x2e80 ? 2 : 1.08;
  return count;
}

// Bytes that XML does not allow.
const clean = (text) => String(text).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '');

function make(report, pictures) {
  const {document: frame, preset} = report;
  const font = {ascii: preset.latin_font, hAnsi: preset.latin_font, cs: preset.latin_font, eastAsia: preset.chinese_font};
  const run = (text, options = {}) => new docx.TextRun({text: clean(text), font, ...options});
  const paragraph = (text, options = {}, runOptions = {}) =>
    new docx.Paragraph({spacing: {after: 100}, ...options, children: [run(text, runOptions)]});
  const heading = (text, level) =>
    new docx.Paragraph({heading: level, keepNext: true, spacing: {before: 240, after: 100}, children: [run(text)]});

  const rule = (points) => ({style: docx.BorderStyle.SINGLE, size: Math.max(2, Math.round(points * 8)), color: '000000'});
  const none = {style: docx.BorderStyle.NONE, size: 0, color: 'auto'};
  const thick = rule(preset.outer_rule);
  const thin = rule(preset.inner_rule);

  const printed = (cell) => (cell === null ? '' : cell.printed);

  // Where the decimal point of a column stands: room for the digits before it.
  const before = (text) => {
    const point = text.indexOf('.');
    return units((point < 0 ? text.replace(/[*)\]]+$/, '') : text.slice(0, point)));
  };

  function layout(table) {
    const rows = table.panels.flatMap((panel) => panel.rows);
    const needed = [Math.max(units(table.stub), ...rows.map((row) => units(row.label)), 6)];
    table.columns.forEach((column, i) => {
      const texts = rows.map((row) => printed(row.cells[i] ?? null));
      const words = column.label.split(/\s+/);
      const head = 1.15 * Math.max(...words.map(units), units(column.label) / 2);
      needed.push(Math.max(head, 4, ...texts.map(units)));
    });
    // Long texts break lines: no text column needs more than a third of a wide page.
    needed[0] = Math.min(needed[0], 44);
    table.columns.forEach((column, i) => {
      if (column.text) needed[i + 1] = Math.min(needed[i + 1], 40);
    });
    const width = (size) => needed.map((count) => Math.ceil(count * size * 5) + 2 * CELL_MARGIN + 20);
    for (const landscape of [false, true]) {
      for (const size of TABLE_SIZES.slice(0, landscape ? undefined : 2)) {
        const widths = width(size);
        const total = widths.reduce((sum, one) => sum + one, 0);
        if (total <= textWidth(landscape)) return {landscape, size, widths};
      }
    }
    const size = TABLE_SIZES[TABLE_SIZES.length - 1];
    const widths = width(size);
    const scale = textWidth(true) / widths.reduce((sum, one) => sum + one, 0);
    return {landscape: true, size, widths: widths.map((one) => Math.floor(one * scale))};
  }

  function tableBlock(table) {
    const {landscape, size, widths} = layout(table);
    const rows = [];
    const body = table.panels.flatMap((panel) => panel.rows);
    const cell = (text, column, options = {}) => {
      const {top = none, bottom = none, span = 1, bold, italics, number, centred, head, keep} = options;
      let alignment = docx.AlignmentType.LEFT;
      let tabStops;
      if (centred) alignment = docx.AlignmentType.CENTER;
      if (number && head) alignment = docx.AlignmentType.CENTER;
      if (number && !head) {
        const most = Math.max(...body.map((row) => before(printed(row.cells[column - 1] ?? null))));
        const widest = Math.max(...body.map((row) => units(printed(row.cells[column - 1] ?? null))));
        const inner = widths[column] - 2 * CELL_MARGIN;
        const left = Math.max(0, (inner - widest * size * 5) / 2);
        tabStops = [{type: docx.TabStopType.DECIMAL, position: Math.round(left + most * size * 5)}];
      }
      return new docx.TableCell({
        columnSpan: span,
        width: {size: widths.slice(column, column + span).reduce((sum, one) => sum + one, 0), type: docx.WidthType.DXA},
        borders: {top, bottom, left: none, right: none},
        margins: {left: CELL_MARGIN, right: CELL_MARGIN, top: 10, bottom: 10},
        verticalAlign: head ? docx.VerticalAlign.BOTTOM : docx.VerticalAlign.TOP,
        children: [new docx.Paragraph({alignment, tabStops, spacing: {after: 0}, keepNext: head || keep,
          children: [run(text, {size, bold, italics})]})],
      });
    };
    if (table.spanners.length > 0) {
      const cells = [cell('', 0, {top: thick, head: true})];
      let at = 0;
      for (const spanner of table.spanners) {
        for (; at < spanner.first; at += 1) cells.push(cell('', at + 1, {top: thick, head: true}));
        const span = spanner.last - spanner.first + 1;
        cells.push(cell(spanner.label, spanner.first + 1, {top: thick, bottom: thin, span, centred: true, head: true}));
        at = spanner.last + 1;
      }
      for (; at < table.columns.length; at += 1) cells.push(cell('', at + 1, {top: thick, head: true}));
      rows.push(new docx.TableRow({tableHeader: true, cantSplit: true, children: cells}));
    }
    const top = table.spanners.length > 0 ? none : thick;
    rows.push(new docx.TableRow({tableHeader: true, cantSplit: true, children: [
      cell(table.stub, 0, {top, bottom: thin, head: true, bold: true}),
      ...table.columns.map((column, i) =>
        cell(column.label, i + 1, {top, bottom: thin, head: true, bold: true, number: !column.text})),
    ]}));
    const lines = table.panels.flatMap((panel) =>
      [...(panel.title ? [{title: panel.title}] : []), ...panel.rows.map((row) => ({row}))]);
    lines.forEach((line, i) => {
      const bottom = i + 1 === lines.length ? thick : none;
      if (line.title !== undefined) {
        rows.push(new docx.TableRow({cantSplit: true, children: [
          cell(line.title, 0, {span: table.columns.length + 1, italics: true, bottom, keep: true}),
        ]}));
        return;
      }
      const {row} = line;
      // A standard error stays on the page of its coefficient.
      const keep = lines[i + 1]?.row?.label === '';
      const above = row.rule_above ? thin : none;
      rows.push(new docx.TableRow({cantSplit: true, children: [
        cell(row.label, 0, {top: above, bottom, keep}),
        ...table.columns.map((column, c) => {
          const value = row.cells[c] ?? null;
          return cell(printed(value), c + 1, {top: above, bottom, keep, number: !column.text && value !== null});
        }),
      ]}));
    });
    const caption = [run(table.label ? `${table.label}${frame.after_label}` : '', {bold: true}), run(table.title)];
    if (table.synthetic) caption.push(run(` ${frame.short_stamp}`, {bold: true, color: RED}));
    const children = [
      new docx.Paragraph({keepNext: true, spacing: {before: 240, after: 80}, children: caption}),
      new docx.Table({
        rows,
        columnWidths: widths,
        layout: docx.TableLayoutType.FIXED,
        width: {size: widths.reduce((sum, one) => sum + one, 0), type: docx.WidthType.DXA},
        borders: {top: none, bottom: none, left: none, right: none, insideHorizontal: none, insideVertical: none},
      }),
      ...table.notes.map((note, i) =>
        paragraph((i === 0 ? preset.notes : '') + note, {spacing: {before: i === 0 ? 60 : 0, after: 20}}, {size: NOTE_SIZE})),
    ];
    return {landscape, children};
  }

  function figureBlock(figure) {
    const picture = pictures[figure.id];
    const most = textWidth(false) / 15;
    const scale = picture ? Math.min(1, most / picture.width, 820 / picture.height) : 1;
    const shown = picture
      ? new docx.ImageRun({
          type: 'png',
          data: Buffer.from(picture.png, 'base64'),
          transformation: {width: Math.round(picture.width * scale), height: Math.round(picture.height * scale)},
          altText: {name: clean(figure.id), title: clean(figure.title), description: clean(figure.description)},
        })
      : run(figure.description);
    const caption = [run(`${figure.label}${frame.after_label}`, {bold: true}), run(figure.title)];
    if (frame.stamp) caption.push(run(` ${frame.short_stamp}`, {bold: true, color: RED}));
    return {landscape: false, children: [
      new docx.Paragraph({keepNext: true, spacing: {before: 240, after: 80}, children: caption}),
      new docx.Paragraph({spacing: {after: 60}, keepNext: figure.caption !== '', children: [shown]}),
      ...(figure.caption ? [paragraph(figure.caption, {}, {size: NOTE_SIZE})] : []),
    ]};
  }

  const {HeadingLevel} = docx;
  const front = [new docx.Paragraph({heading: HeadingLevel.TITLE, spacing: {after: 120}, children: [run(frame.title)]})];
  if (frame.stamp) front.push(paragraph(frame.stamp, {}, {bold: true, color: RED}));
  if (report.study.authors.length > 0) front.push(paragraph(report.study.authors.join(frame.comma)));
  if (report.study.question) front.push(paragraph(report.study.question));
  front.push(paragraph(`${frame.data_words}. ${report.data.citation}`.trim(), {}, {italics: true}));
  if (frame.answer) front.push(heading(frame.headings.answer, HeadingLevel.HEADING_1), paragraph(frame.answer));
  if (report.study.limits) {
    front.push(new docx.Paragraph({spacing: {after: 100},
      children: [run(`${frame.headings.limits} `, {bold: true}), run(report.study.limits)]}));
  }
  if (report.rules.length + report.warnings.length > 0) {
    front.push(heading(frame.headings.referee, HeadingLevel.HEADING_1));
    const item = (head, text) => new docx.Paragraph({bullet: {level: 0}, spacing: {after: 60},
      children: [run(`${head} `, {bold: true}), run(text)]});
    for (const rule of report.rules) front.push(item(rule.id, frame.language === 'zh' && rule.zh ? rule.zh : rule.text));
    for (const warning of report.warnings) front.push(item(warning.code, warning.text));
  }
  const blocks = [{landscape: false, children: front}];
  for (const section of frame.sections) {
    const parts = [...section.tables.map((i) => tableBlock(report.tables[i])),
      ...section.figures.map((i) => figureBlock(report.figures[i]))];
    if (parts.length === 0) continue;
    parts[0].children.unshift(heading(section.title, HeadingLevel.HEADING_1));
    blocks.push(...parts);
  }
  const end = [];
  if (report.not_available.length > 0) {
    end.push(heading(frame.headings.not_available, HeadingLevel.HEADING_1));
    for (const entry of report.not_available) {
      end.push(new docx.Paragraph({bullet: {level: 0}, spacing: {after: 60},
        children: [run(`${entry.what}: `, {bold: true}), run(entry.why)]}));
    }
  }
  end.push(heading(frame.headings.provenance, HeadingLevel.HEADING_1));
  for (const line of frame.provenance_lines) end.push(paragraph(line, {spacing: {after: 20}}, {size: NOTE_SIZE}));
  for (const result of report.provenance) {
    end.push(paragraph(`${result.step}: ${result.action_key}`, {spacing: {after: 0}}, {size: 13}));
  }
  blocks.push({landscape: false, children: end});

  const joined = [];
  for (const block of blocks) {
    const last = joined[joined.length - 1];
    if (last && last.landscape === block.landscape) last.children.push(...block.children);
    else joined.push({...block});
  }
  const line = (children, alignment) => new docx.Paragraph({alignment, children});
  const headers = frame.stamp
    ? {default: new docx.Header({children: [
        line([run(frame.stamp, {bold: true, color: RED, size: NOTE_SIZE})], docx.AlignmentType.CENTER)]})}
    : undefined;
  const footers = {default: new docx.Footer({children: [line([
    run(`${report.study.id} ${report.study.digest.slice(0, 12)}  `, {size: 14}),
    new docx.TextRun({font, size: 14, children: [docx.PageNumber.CURRENT, ' / ', docx.PageNumber.TOTAL_PAGES]}),
  ], docx.AlignmentType.CENTER)]})};
  const headingStyle = (size) => ({run: {font, size, bold: true, color: '000000'}, paragraph: {}});
  return new docx.Document({
    title: clean(frame.title),
    creator: clean(report.study.authors.join(', ') || 'Farrell'),
    lastModifiedBy: 'Farrell',
    description: clean(frame.provenance_lines.join('; ')),
    customProperties: [
      {name: 'Snapshot', value: report.data.snapshot_digest},
      {name: 'Study', value: `${report.study.id} ${report.study.digest}`},
      {name: 'Data class', value: frame.stamp ? 'synthetic' : 'real'},
    ],
    styles: {default: {
      document: {run: {font, size: TEXT_SIZE, // Latin words break by Latin rules also between Chinese ones.
        language: {value: 'en-GB', eastAsia: 'zh-CN'}}},
      title: headingStyle(32),
      heading1: headingStyle(26),
    }},
    sections: joined.map((block) => ({
      properties: {page: {
        // The library turns the page by itself.
        size: {width: PAGE.short, height: PAGE.long,
          orientation: block.landscape ? docx.PageOrientation.LANDSCAPE : docx.PageOrientation.PORTRAIT},
        margin: {top: PAGE.margin, bottom: PAGE.margin, left: PAGE.margin, right: PAGE.margin},
      }},
      headers,
      footers,
      children: block.children,
    })),
  });
}

let input;
try {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  input = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (!input.report.document) throw new Error('the report holds no document');
} catch (error) {
  process.stderr.write(`unreadable input: ${error.message}\n`);
  process.exit(2);
}
const bytes = await docx.Packer.toBuffer(make(input.report, input.pictures));
process.stdout.write(bytes);
