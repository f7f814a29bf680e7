"""The generated documents: what is written where, by what. A new one is a line here."""

from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.docs.contract_page import contract_page
from scripts.docs.dashboard import dashboard
from scripts.docs.extensions_page import extensions_page
from scripts.docs.lifecycle_page import lifecycle_page
from scripts.docs.openapi_document import openapi_document
from scripts.docs.policy_page import policy_page
from scripts.docs.settings_page import settings_page

GENERATED: Mapping[str, Callable[[], str]] = {
    "docs/grafana/smartcart.json": dashboard,
    "docs/lifecycle.md": lifecycle_page,
    "docs/reference/contract.md": contract_page,
    "docs/reference/extensions.md": extensions_page,
    "docs/reference/openapi.json": openapi_document,
    "docs/reference/policy.md": policy_page,
    "docs/reference/settings.md": settings_page,
}


def stale(root: Path) -> list[str]:
    """The generated documents under `root` that are not what their generator says now."""
    return [path for path, page in GENERATED.items() if _read(root / path) != page()]


def write(root: Path) -> list[str]:
    """Bring the generated documents under `root` up to date; returns those that changed."""
    changed = stale(root)
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(GENERATED[path](), encoding="utf-8")
    return changed


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
