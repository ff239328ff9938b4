"""check_pages.py PDF [PAGES]: every word stands on its page within the margins and on no other word, and no page begins with the
standard errors of a coefficient on the page before. PAGES: how many there must be."""
import html
import re
import subprocess
import sys

MARGIN = 24  # points; the printer's own
NUMBER = re.compile(r"^[−-]?\d+(,\d{3})*\.\d+\**$")
BELOW = re.compile(r"^[(\[][−-]?<?\d+\.\d+[)\]]\**$")

faults = []
text = subprocess.run(["pdftotext", "-bbox", sys.argv[1], "-"], check=True, capture_output=True, text=True).stdout
pages = re.findall(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', text, re.S)
for number, (width, height, body) in enumerate(pages, 1):
    width, height = float(width), float(height)
    rows = {}
    placed = []
    for x0, y0, x1, y1, word in re.findall(
            r'<word xMin="(-?[\d.]+)" yMin="(-?[\d.]+)" xMax="(-?[\d.]+)" yMax="(-?[\d.]+)">(.*?)</word>', body):
        x0, y0, x1, y1 = map(float, (x0, y0, x1, y1))
        word = html.unescape(word)
        # The watermark lies across.
        if y1 - y0 > 60:
            continue
        if x0 < MARGIN or x1 > width - MARGIN or y0 < MARGIN or y1 > height - MARGIN:
            faults.append(f"page {number}: '{word}' at {x0:.0f} to {x1:.0f}, {y0:.0f} to {y1:.0f} of {width:.0f} by {height:.0f}")
        # Lines stand close: the boxes of letters with room for every accent may touch.
        for left, top, right, bottom, other in placed:
            if min(x1, right) - max(x0, left) > 2 and min(y1, bottom) - max(y0, top) > 0.5 * min(y1 - y0, bottom - top):
                faults.append(f"page {number}: '{word}' on '{other}'")
        placed.append((x0, y0, x1, y1, word))
        rows.setdefault(round(y1 / 3), []).append(word)
    for _, words in sorted(rows.items()):
        if any(NUMBER.match(word) for word in words):
            break
        if any(BELOW.match(word) for word in words):
            faults.append(f"page {number} begins with '{' '.join(words)}'")
            break
if not pages:
    faults.append("no pages")
if len(sys.argv) > 2 and len(pages) != int(sys.argv[2]):
    faults.append(f"{len(pages)} pages, not {sys.argv[2]}")
print("\n".join(faults) or f"{len(pages)} pages")
sys.exit(1 if faults else 0)
