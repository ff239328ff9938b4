"""Reads a workbook from standard input and writes its cells as JSON to standard output; interprets nothing.

Arguments: `named` and the names of the sheets, none for the only visible one; or `visible` for all of these. Exit codes:
0 done, 3 openpyxl is not installed, 4 refused: standard output then holds {"reason": ..., "message": ...}.
"""
import io
import json
import sys
import zipfile

MOST_UNPACKED_BYTES = 256 << 20
MOST_CELLS = 5_000_000


class Refused(Exception):
    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


def check_archive(data):
    """The sizes an archive declares hold: zipfile stops a member that unpacks to more."""
    try:
        members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except zipfile.BadZipFile as error:
        raise Refused("WORKBOOK_INVALID", "it is no .xlsx workbook") from error
    if sum(member.file_size for member in members) > MOST_UNPACKED_BYTES:
        raise Refused("WORKBOOK_TOO_LARGE", "it unpacks to more than 256 MiB")


def choose(book, which, wanted):
    names = [sheet.title for sheet in book.worksheets]
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise Refused("SHEET_NOT_FOUND",
                      "there is no sheet '" + "', '".join(unknown) + "'; there are " + ", ".join(names))
    if wanted:
        return wanted
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not visible or (which != "visible" and len(visible) != 1):
        raise Refused("SHEET_NOT_FOUND", "name one of the sheets " + ", ".join(names) + " in the mapping")
    return visible


def content(cell, formula):
    """Kind and value of a cell: n number, s text, d date, b truth value, e error, f formula without a value."""
    value = cell.value
    if value is None:
        return ("f", str(formula)) if isinstance(formula, str) and formula.startswith("=") else None
    if cell.data_type == "e":
        return ("e", str(value))
    if isinstance(value, bool):
        return ("b", "TRUE" if value else "FALSE")
    if isinstance(value, (int, float)):
        return ("n", value)
    if hasattr(value, "isoformat"):
        return ("d", value.isoformat())
    text = str(value)
    return ("s", text) if text.strip() else None


def read(data, which, wanted):
    import openpyxl

    check_archive(data)
    try:
        values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(data), data_only=False)
    except MemoryError:
        raise
    except Exception as error:
        raise Refused("WORKBOOK_INVALID", "it cannot be read: " + str(error).split("\n")[0]) from error
    names = choose(values, which, wanted)
    if sum(values[name].max_row * values[name].max_column for name in names) > MOST_CELLS:
        what = "sheet '" + names[0] + "' has" if len(names) == 1 else "the sheets have"
        raise Refused("WORKBOOK_TOO_LARGE", what + " more than 5000000 cells")
    return [read_sheet(values[name], formulas[name]) for name in names]


def read_sheet(sheet, written):
    cells = []
    for row, written_row in zip(sheet.iter_rows(), written.iter_rows()):
        for cell, written_cell in zip(row, written_row):
            found = content(cell, written_cell.value)
            if found:
                cells.append([cell.row, cell.column, *found])
    merged = [[area.min_row, area.min_col, area.max_row, area.max_col] for area in sheet.merged_cells.ranges]
    return {"sheet": sheet.title, "cells": cells, "merged": sorted(merged)}


def main():
    data = sys.stdin.buffer.read()
    try:
        result = read(data, sys.argv[1], sys.argv[2:])
    except ImportError as error:
        print(error, file=sys.stderr)
        return 3
    except Refused as refused:
        json.dump({"reason": refused.reason, "message": str(refused)}, sys.stdout)
        return 4
    except MemoryError:
        json.dump({"reason": "WORKBOOK_TOO_LARGE", "message": "it needs more memory than a workbook may"}, sys.stdout)
        return 4
    json.dump(result, sys.stdout)
    return 0


sys.exit(main())
