"""check_latex.py LOG: nothing stands more than 10 points over the margin."""
import re
import sys

log = open(sys.argv[1], encoding="utf-8", errors="replace").read()
# Lines of a log break after 79 characters; these never do.
over = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log)]
faults = [f"{points} points over the margin" for points in over if points > 10]
print("\n".join(faults) or "fits")
sys.exit(1 if faults else 0)
