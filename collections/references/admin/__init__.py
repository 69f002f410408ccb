"""Producers, products, limits of washing centres and shelves in the admin."""

from references.admin import catalogue, held, shelves

__all__ = ["catalogue", "held", "shelves"]
