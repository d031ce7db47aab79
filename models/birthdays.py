"""Finding people by the day they were born, through the index made for it."""

from typing import Any

from peewee import SQL, fn

from models.people import Person


def born(month_days: tuple[Any, ...]) -> Any:
    """Condition: the person's birthday is one of these 'MM-DD', or slots for them.

    Written as the index `person_birthday` is: SQLite compares the expressions, a bound 6 would
    not be the literal one, and the index holds only people whose birthday is known.
    """
    return Person.birthday.is_null(False) & fn.substr(Person.birthday, SQL("6")).in_(month_days)
