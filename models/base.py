"""The common base of all tables.

Models are deliberately bound to no database: a query is executed against the database it is
handed (`query.execute(db)`), so that the writing connection and a read-only one can live side
by side and nothing is a singleton.
"""

from peewee import Model


class Table(Model):
    """A STRICT table of the clinic file; its DDL lives in `models/migrations`."""

    class Meta:
        strict_tables = True
        legacy_table_names = False
