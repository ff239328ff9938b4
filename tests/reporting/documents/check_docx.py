"""check_docx.py DOCUMENT REPORT_JSON: pandoc reads every table of the report, cell by cell, and every figure with its text."""
import json
import subprocess
import sys

document = json.loads(subprocess.run(["pandoc", "-f", "docx", "-t", "json", sys.argv[1]], check=True,
                                     capture_output=True).stdout)
report = json.load(open(sys.argv[2], encoding="utf-8"))
faults = []


def text(node):
    if isinstance(node, list):
        return "".join(text(part) for part in node)
    if not isinstance(node, dict):
        return ""
    kind = node.get("t")
    if kind == "Str":
        return node["c"]
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Image", "Span"):
        return text(node["c"][1])
    content = node.get("c", [])
    return "".join(text(part) for part in content if isinstance(part, (list, dict))) if isinstance(content, list) else ""


def find(kind, node, found):
    if isinstance(node, dict):
        if node.get("t") == kind:
            found.append(node["c"])
        find(kind, node.get("c"), found)
    elif isinstance(node, list):
        for part in node:
            find(kind, part, found)
    return found


def row_texts(row):
    cells = []
    for cell in row[1]:
        cells.append(" ".join(text(cell[4]).split()))
        cells += [""] * (cell[3] - 1)
    return cells


def table_grid(table):
    _, _, _, head, bodies, foot = table
    rows = [row_texts(row) for row in head[1]]
    for body in bodies:
        rows += [row_texts(row) for row in body[2] + body[3]]
    return rows + [row_texts(row) for row in foot[1]]


def spaced(words):
    return " ".join(words.split())


def expected_grid(table):
    width = len(table["columns"]) + 1
    rows = []
    if table["spanners"]:
        line = [""] * width
        for spanner in table["spanners"]:
            line[spanner["first"] + 1] = spanner["label"]
        rows.append(line)
    rows.append([table["stub"]] + [column["label"] for column in table["columns"]])
    for panel in table["panels"]:
        if panel["title"]:
            rows.append([panel["title"]] + [""] * (width - 1))
        for row in panel["rows"]:
            rows.append([row["label"]] + [cell["printed"] if cell else "" for cell in row["cells"]])
    return [[spaced(cell) for cell in row] for row in rows]


found = [table_grid(table) for table in find("Table", document["blocks"], [])]
wanted = [report["tables"][i] for section in report["document"]["sections"] for i in section["tables"]]
if len(found) != len(wanted):
    faults.append(f"{len(found)} tables, not {len(wanted)}")
cells = 0
for grid, table in zip(found, wanted):
    expected = expected_grid(table)
    if len(grid) != len(expected):
        faults.append(f"table {table['id']}: {len(grid)} rows, not {len(expected)}")
    for i, (row, line) in enumerate(zip(grid, expected)):
        cells += len(line)
        if row != line:
            faults.append(f"table {table['id']}, row {i}: {row}, not {line}")
whole = " ".join(text(document["blocks"]).split()).replace(" ", "")
for table in wanted:
    for note in table["notes"]:
        if note.replace(" ", "") not in whole:
            faults.append(f"table {table['id']}: no note '{note[:60]}'")
images = find("Image", document["blocks"], [])
if len(images) != len(report["figures"]):
    faults.append(f"{len(images)} figures, not {len(report['figures'])}")
for figure, image in zip([report["figures"][i] for s in report["document"]["sections"] for i in s["figures"]], images):
    if spaced(text(image[1])) != spaced(figure["description"]):
        faults.append(f"figure {figure['id']}: alternative text '{text(image[1])[:60]}'")
print("\n".join(faults) or f"{len(found)} tables, {cells} cells, {len(images)} figures")
sys.exit(1 if faults or cells == 0 else 0)
