"""What higher floors show on a collection point's admin pages. They fill it in their `AppConfig.ready()`.

Stores are below the ledger and the pickups, so the store admin cannot import them: it asks this registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.contrib.admin import SimpleListFilter
    from django.contrib.admin.options import InlineModelAdmin
    from django.utils.functional import Promise
    from django.utils.safestring import SafeString

    from stores.models import Closure, Store


@dataclass(frozen=True)
class Panel:
    """A read-only block on a store's admin page."""

    title: str | Promise
    render: Callable[[Store], SafeString | str]


@dataclass(frozen=True)
class Column:
    """A column of the stores' list, computed once for the whole page."""

    name: str
    label: str | Promise
    values: Callable[[Sequence[int]], Mapping[int, Any]]


inlines: list[type[InlineModelAdmin]] = []
panels: list[Panel] = []
columns: list[Column] = []
filters: list[type[SimpleListFilter]] = []
closure_checks: list[Callable[[Sequence[Closure]], Mapping[int, list[str]]]] = []


def register_store_inline(inline: type[InlineModelAdmin]) -> type[InlineModelAdmin]:
    """Add an inline to a store's admin page; usable as a decorator.

    Arguments:
        inline: an inline whose model has a foreign key to Store. Its own permissions decide who sees it.

    Returns the same class. Registering twice changes nothing.
    """
    if inline not in inlines:
        inlines.append(inline)
    return inline


def register_store_panel(render: Callable[[Store], SafeString | str], *, title: str | Promise = "") -> None:
    """Add a read-only block to a store's admin page.

    Arguments:
        render: takes the Store and returns HTML (SafeString; a plain str is escaped). An empty answer shows a dash.
        title: the block's label, translated lazily.
    """
    if all(panel.render is not render for panel in panels):
        panels.append(Panel(title, render))


def register_store_column(name: str, label: str | Promise, values: Callable[[Sequence[int]], Mapping[int, Any]]) -> None:
    """Add a column to the stores' list.

    Arguments:
        name: a Python identifier, unique among the columns.
        label: the column's heading, translated lazily.
        values: takes the ids of the stores on the page and returns {store id: what to show}; called once per page, so
            one or two queries whatever the number of stores. A store that is missing from the answer shows a dash.
    """
    if all(column.name != name for column in columns):
        columns.append(Column(name, label, values))


def register_store_filter(list_filter: type[SimpleListFilter]) -> type[SimpleListFilter]:
    """Add a filter to the stores' list; usable as a decorator. Returns the same class."""
    if list_filter not in filters:
        filters.append(list_filter)
    return list_filter


def register_closure_check(check: Callable[[Sequence[Closure]], Mapping[int, list[str]]]) -> None:
    """Add a look at what closures upset.

    Arguments:
        check: takes closures and returns {closure id: sentences for a coordinator}, in a query or two whatever their number.
    """
    if check not in closure_checks:
        closure_checks.append(check)


def closure_conflicts(closures: Sequence[Closure]) -> dict[int, list[str]]:
    """Return what higher floors say about these closures, by closure id; those that upset nothing are absent."""
    found: dict[int, list[str]] = {}
    for check in closure_checks if closures else ():
        for pk, sentences in check(closures).items():
            found.setdefault(pk, []).extend(sentences)
    return found
