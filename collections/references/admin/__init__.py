"""Producers, products, limits of washing centres and shelves in the admin."""

from references.admin import catalogue, shelves

__all__ = ["catalogue", "shelves"]
