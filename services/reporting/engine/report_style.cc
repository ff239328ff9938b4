#include "services/reporting/engine/report_style.h"

namespace farrell::reporting {

std::string_view ReportStyleSheet() {
  return R"css(
:root { color-scheme: light dark; --paper: #fff; --ink: #1a1a1a; --soft: #5a5a5a; --note: #3a3a3a; --line: #1a1a1a; --middle: #888;
  --thin: #d0d0d0; --accent: #0a4f86; --warn: #8a5a00; --warn-line: #c98a00; --warn-edge: #e0c27a; --warn-paper: #fffaf0;
  --block: #b00020; --block-edge: #e3a0a8; --block-paper: #fff5f6; --banner: #b00020; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --ink: #e8e6e1; --soft: #b0b0ac; --note: #c4c2bd; --line: #e8e6e1; --middle: #8a8a86; --thin: #45484c;
    --accent: #8ec5f5; --warn: #f0c36a; --warn-line: #c98a00; --warn-edge: #6b5626; --warn-paper: #2a2418;
    --block: #ff8a95; --block-edge: #7a3a42; --block-paper: #2d1a1d; --banner: #8c0019; }
  figure .picture { background: #fff; padding: .6rem; border-radius: 4px; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 4rem; max-width: 62rem; color: var(--ink); background: var(--paper);
  font: 16px/1.55 "Source Serif 4", "Iowan Old Style", Georgia, "Noto Serif CJK SC", "Songti SC", SimSun, serif; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: .6rem 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .8rem; padding-bottom: .2rem; border-bottom: 1px solid var(--thin); }
p { margin: .6rem 0; }
p, li { max-width: 46rem; }
.meta, .notes, figcaption, footer, nav, table, .rule, details, .stamp, .banner {
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
.meta { color: var(--soft); font-size: .875rem; }
.lead { font-size: 1.08rem; }
.answer { border-left: 4px solid var(--accent); padding: .1rem 0 .1rem 1rem; margin: 1.2rem 0; font-size: 1.08rem; }
.answer h2 { border: 0; margin: 0; padding: 0; font-size: 1rem; color: var(--accent); }
.limits { color: var(--soft); }
.banner { background: var(--banner); color: #fff; font-weight: 700; text-align: center; letter-spacing: .02em;
  padding: .5rem 1rem; margin: -1.5rem -1.25rem 1rem; position: sticky; top: 0; z-index: 2; font-size: .9rem; }
.stamp { color: var(--block); font-weight: 700; font-size: .8em; }
nav { font-size: .875rem; margin: 1.2rem 0; display: flex; flex-wrap: wrap; gap: .3rem 1rem; }
nav a { color: var(--accent); white-space: nowrap; }
.rule { border: 1px solid var(--warn-edge); border-left: 5px solid var(--warn-line); background: var(--warn-paper); padding: .5rem .8rem; margin: .5rem 0;
  font-size: .9rem; line-height: 1.45; max-width: 48rem; }
.rule.block { border-color: var(--block-edge); border-left-color: var(--block); background: var(--block-paper); }
.rule b { color: var(--warn); margin-right: .3rem; }
.rule.block b { color: var(--block); }
ul.plain { font-family: system-ui, -apple-system, "Segoe UI", Roboto, Arial, "Noto Sans CJK SC", sans-serif; font-size: .85rem; padding-left: 1.1rem; }
.table { margin: 1.8rem 0 2.2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; line-height: 1.35; font-variant-numeric: tabular-nums lining-nums;
  border-top: var(--outer-rule) solid var(--line); border-bottom: var(--outer-rule) solid var(--line); }
table { min-width: 21rem; }
caption { text-align: left; padding: 0 0 .45rem; font-size: .95rem; }
thead tr:last-child th, thead tr:last-child td { border-bottom: var(--inner-rule) solid var(--line); }
th { font-weight: 600; }
th, td { padding: .16rem .55rem; vertical-align: bottom; text-align: left; }
td.n, th.n { text-align: right; white-space: nowrap; }
td.h, th.h { padding-right: 1.7rem; }
td.w, thead th.n { white-space: normal; }
tbody th { font-weight: 400; padding-left: 0; min-width: 7rem; }
tbody th, tbody td { vertical-align: top; }
thead th:first-child { padding-left: 0; }
table.efficiency td.t { min-width: 17rem; font-size: .8rem; }
tr.spanners th { text-align: center; padding-bottom: .1rem; }
tr.spanners th span { display: block; border-bottom: 1px solid var(--middle); padding: .15rem .2rem; }
tr.panel th { font-style: italic; padding-top: .55rem; }
tbody + tbody.start tr:first-child th, tbody + tbody.start tr:first-child td { padding-top: .6rem; }
tr.rule-above th, tr.rule-above td { border-top: 1px solid var(--middle); padding-top: .35rem; }
tr.below td { padding-top: 0; }
tr.below td, tr.below th { padding-bottom: .25rem; color: var(--note); }
.hang { display: inline-block; width: 0; white-space: nowrap; }
.notes { font-size: .8rem; line-height: 1.45; color: var(--note); margin-top: .45rem; max-width: 52rem; }
.notes p { margin: .1rem 0; max-width: none; }
figure { margin: 1.8rem 0 2.2rem; }
figure .picture { overflow-x: auto; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { font-size: .95rem; margin-bottom: .5rem; }
figcaption + .picture + .notes { margin-top: .3rem; }
details { margin-top: .5rem; font-size: .85rem; }
summary { cursor: pointer; color: var(--accent); }
details .scroll { max-height: 22rem; overflow: auto; }
details .table { margin: .5rem 0; }
details table { font-size: .8rem; }
footer { margin-top: 3rem; border-top: 2px solid var(--line); padding-top: .8rem; font-size: .8rem; color: var(--note); }
footer code, table.provenance td { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .72rem;
  overflow-wrap: anywhere; white-space: normal; }
footer p { margin: .2rem 0; max-width: none; overflow-wrap: anywhere; }
table.provenance td.t { min-width: 5rem; }
.watermark { display: none; }
@media (max-width: 40rem) {
  body { padding: 1rem .9rem 3rem; font-size: 15px; }
  .banner { margin: -1rem -.9rem 1rem; }
  h1 { font-size: 1.45rem; }
  figure svg { max-width: none; width: auto; min-width: 34rem; }
  th, td { padding: .16rem .4rem; }
}
@media print {
  @page { size: A4; margin: 18mm 15mm; }
  @page wide { size: A4 landscape; margin: 15mm; }
  body { page: upright; font-size: 10pt; max-width: none; padding: 0; }
  nav, details { display: none; }
  .banner { position: static; margin: 0 0 .8rem; color: var(--block); background: none; border: 2px solid var(--block); }
  .scroll, figure .picture { overflow: visible; }
  table { font-size: 8pt; }
  table.efficiency td.t { min-width: 0; font-size: 7pt; }
  th, td { padding: .1rem .3rem; }
  td.h, th.h { padding-right: 1.3rem; }
  thead { display: table-header-group; }
  tr, tbody.block, figure, .rule { break-inside: avoid; }
  wbr::before { content: "\200B"; }
  .wide { page: wide; }
  .whole { break-inside: avoid; }
  .long { break-before: page; }
  h2 + .table .long { break-before: avoid; }
  table.provenance td { font-size: 5.5pt; }
  .wide table { font-size: 7pt; }
  .wide th, .wide td { padding: .08rem .2rem; }
  .wide td.h, .wide th.h { padding-right: 1rem; }
  .scroll + .scroll { margin-top: 1.2rem; }
  h2, caption, tr.panel { break-after: avoid; }
  figure svg { max-width: 100%; }
  .watermark { display: block; position: fixed; top: 42%; left: 0; right: 0; text-align: center; font: 700 60pt sans-serif;
    color: rgba(176, 0, 32, .13); transform: rotate(-28deg); z-index: 3; pointer-events: none; }
}
)css";
}

}  // namespace farrell::reporting
