"""The common base of all tables.

Models are deliberately bound to no database: a query is executed against the database it is
handed (`query.execute(db)`), so that the writing connection and a read-only one can live side
by side and nothing is a singleton.
"""

from typing import TYPE_CHECKING

from peewee import AutoField, Model


class Table(Model):
    """A STRICT table of the clinic file; its DDL lives in `models/migrations`."""

    if TYPE_CHECKING:
        id: AutoField  # peewee adds it where a table names no other key

    class Meta:
        strict_tables = True
        legacy_table_names = False
