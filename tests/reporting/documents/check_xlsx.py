"""check_xlsx.py WORKBOOK REPORT_JSON: every number of every table is a number of the workbook, equal in every bit, with the format
that prints it as the table does."""
import json
import re
import sys

import openpyxl

workbook = openpyxl.load_workbook(sys.argv[1])
report = json.load(open(sys.argv[2], encoding="utf-8"))
faults = []
numbers = 0


def check_cell(where, cell, expected):
    global numbers
    if expected is None:
        if cell.value is not None:
            faults.append(f"{where}: {cell.value!r} where nothing stands")
        return
    value = expected["value"]
    if isinstance(value, str):
        if (cell.value or "") != expected["printed"]:
            faults.append(f"{where}: {cell.value!r}, not {expected['printed']!r}")
        return
    numbers += 1
    if cell.data_type != "n" or float(cell.value) != float(value):
        faults.append(f"{where}: {cell.value!r} ({cell.data_type}), not the number {value!r}")
    stars = expected.get("stars", "")
    if f'{stars}"' not in cell.number_format and stars:
        faults.append(f"{where}: format {cell.number_format} lacks {stars}")
    if ("(" in expected["printed"]) != ('"("' in cell.number_format or '"(<' in cell.number_format):
        faults.append(f"{where}: format {cell.number_format} for {expected['printed']}")
    decimals = re.search(r"\.(\d+)", expected["printed"])
    if decimals and not expected["printed"].strip("([").startswith("<"):
        if "0." + "0" * len(decimals.group(1)) not in cell.number_format:
            faults.append(f"{where}: format {cell.number_format} for {expected['printed']}")


def check_table(table, label):
    name = re.sub(r"[\[\]:*?/\\']", "_", label)[:31]
    if name not in workbook.sheetnames:
        faults.append(f"no sheet '{name}' among {workbook.sheetnames}")
        return
    sheet = workbook[name]
    heads = [column["label"] for column in table["columns"]]
    row = next((r for r in range(1, 12) if [sheet.cell(r, c + 2).value or "" for c in range(len(heads))] == heads), None)
    if row is None:
        faults.append(f"{name}: the head {heads} is not there")
        return
    for panel in table["panels"]:
        if panel["title"]:
            row += 1
            if sheet.cell(row, 1).value != panel["title"]:
                faults.append(f"{name}, row {row}: not the panel '{panel['title']}'")
        for line in panel["rows"]:
            row += 1
            if (sheet.cell(row, 1).value or "") != line["label"]:
                faults.append(f"{name}, row {row}: {sheet.cell(row, 1).value!r}, not {line['label']!r}")
            for column, expected in enumerate(line["cells"]):
                check_cell(f"{name}, row {row}, column {column + 2}", sheet.cell(row, column + 2), expected)
    for i, note in enumerate(table["notes"]):
        row += 1
        if i == 0:
            note = report["preset"]["notes"] + note
        if sheet.cell(row, 1).value != note:
            faults.append(f"{name}, row {row}: not the note '{note[:60]}'")


for table in report["tables"]:
    check_table(table, table["label"] or table["id"])
for figure in report["figures"]:
    check_table({**figure["data"], "notes": []}, figure["label"])
properties = {entry.name: entry.value for entry in getattr(workbook, "custom_doc_props", [])}
if properties and properties.get("Snapshot") != report["data"]["snapshot_digest"]:
    faults.append(f"custom properties {properties}")
if report["data"]["synthetic"]:
    for sheet in workbook:
        if not any(report["document"]["stamp"] in str(cell.value) for line in sheet.iter_rows(max_row=4) for cell in line):
            faults.append(f"{sheet.title}: no stamp")
if numbers == 0:
    faults.append("no number was compared")
print("\n".join(faults) or f"{numbers} numbers")
sys.exit(1 if faults else 0)
