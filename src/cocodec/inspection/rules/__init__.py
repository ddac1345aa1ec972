"""The rules of `check`, by topic: small functions, each with its sentence, example and repair."""

from __future__ import annotations

from collections.abc import Iterable

from cocodec.inspection.rule import Rule
from cocodec.inspection.rules import (
    categories,
    duplicates,
    flags,
    ids,
    images,
    measures,
    runs,
    shapes,
    text,
)

__all__ = ["RULES", "is_chosen", "repair_text", "rules_as_dicts", "rules_as_markdown"]
__all__ += ["rules_as_text", "selected"]

RULES: tuple[Rule, ...] = (
    *text.RULES,
    *ids.RULES,
    *images.RULES,
    *categories.RULES,
    *shapes.RULES,
    *runs.RULES,
    *measures.RULES,
    *flags.RULES,
    *duplicates.RULES,
)


def is_chosen(code: str, names: Iterable[str]) -> bool:
    """Whether a code is among some codes and topics."""
    return any(code == name or code.startswith(f"{name}-") for name in names)


def selected(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Return the rules that are asked for: all, or those selected, without those ignored.

    Raises
    ------
    ValueError
        If a name is neither a code nor a topic; lists the topics.
    """
    chosen, left = list(select), list(ignore)
    for name in (*chosen, *left):
        if not any(is_chosen(rule.code, [name]) for rule in RULES):
            topics = sorted({rule.code.split("-")[0] for rule in RULES})
            raise ValueError(
                f"there is no rule {name!r}; topics are {', '.join(topics)} "
                "(cocodec check --list shows all rules)"
            )
    return tuple(
        rule
        for rule in RULES
        if (not chosen or is_chosen(rule.code, chosen)) and not is_chosen(rule.code, left)
    )


def repair_text(rule: Rule, *, on_request: bool = False) -> str:
    """Say what the repair of a rule does, and when."""
    if not rule.repair:
        return ""
    waits = on_request or rule.on_request
    return f"{rule.repair} (only with --select {rule.code})" if waits else rule.repair


def rules_as_text(rules: Iterable[Rule] = RULES) -> str:
    """Print rules for a terminal."""
    lines = []
    for rule in rules:
        lines += [f"{rule.code} ({rule.severity_text}): {rule.says}"]
        lines.append(f"    for example {rule.example}")
        if rule.repair:
            lines.append(f"    --fix: {repair_text(rule)}")
    return "\n".join(lines)


def rules_as_dicts(rules: Iterable[Rule] = RULES) -> list[dict[str, str]]:
    """Return rules as JSON has them."""
    return [
        {
            "code": rule.code,
            "severity": rule.severity,
            "says": rule.says,
            "example": rule.example,
            "repair": repair_text(rule),
        }
        for rule in rules
    ]


def rules_as_markdown() -> str:
    """Print all rules as a table for the documentation."""
    lines = ["| code | severity | rule | for example | `--fix` |", "|---|---|---|---|---|"]
    for rule in RULES:
        cells = [f"`{rule.code}`", rule.severity_text, rule.says]
        cells += [f"`{rule.example}`", repair_text(rule)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
