"""check_pdf.py PDF REPORT_JSON [--titles]: pages, none of them blank, and the titles of the report among their text."""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

pdf = sys.argv[1]
report = json.load(open(sys.argv[2], encoding="utf-8"))
faults = []
info = subprocess.run(["pdfinfo", pdf], check=True, capture_output=True, text=True).stdout
pages = int(re.search(r"^Pages:\s+(\d+)", info, re.M).group(1))
text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
if pages < 1:
    faults.append("no pages")


def bare(words):
    """Letters, digits and Chinese characters: line breaks and hyphens of a typesetter do not count."""
    return re.sub(r"[^\w]", "", words.replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff").replace("ﬃ", "ffi"))


pages_text = bare(text)
if "\ufffd" in text:
    faults.append("characters without meaning")
if "--titles" in sys.argv:
    # Long titles break over lines, and a table's neighbours stand beside them: the first letters are enough.
    titles = [report["document"]["title"]] + [table["title"] for table in report["tables"]]
    titles += [figure["title"] for figure in report["figures"]]
    for title in titles:
        if bare(title)[:16] not in pages_text:
            faults.append(f"'{title}' is not in the text")
    stamp = bare(report["document"]["short_stamp"])
    if stamp and pages_text.count(stamp) < pages:
        faults.append(f"{pages_text.count(stamp)} stamps on {pages} pages")
    if report["data"]["synthetic"] and not stamp:
        faults.append("no stamp")
with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["pdftoppm", "-r", "30", "-gray", pdf, str(Path(folder) / "page")], check=True)
    shown = sorted(Path(folder).glob("*.pgm"))
    if len(shown) != pages:
        faults.append(f"{len(shown)} pages shown, not {pages}")
    for page in shown:
        data = page.read_bytes()
        pixels = data.split(b"\n", 3)[-1]
        if not any(pixel < 200 for pixel in pixels):
            faults.append(f"{page.name} is blank")
print("\n".join(faults) or f"{pages} pages")
sys.exit(1 if faults else 0)
