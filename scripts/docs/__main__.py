"""Writes the generated documents and checks all of them: `make docs`."""

import sys
from pathlib import Path

from scripts.docs.checking import problems
from scripts.docs.generated import write

root = Path(__file__).parents[2]
for path in write(root):
    print(f"wrote {path}")
found = problems(root)
print("\n".join(found) or "documents are in order")
sys.exit(1 if found else 0)
