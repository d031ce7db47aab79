"""How many pieces of a price band can be handed out together (E32, R044)."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from services.gifts.bands import Band

ARTICLES = st.integers(1, 5)
PACK = st.dictionaries(ARTICLES, st.integers(1, 3), min_size=1, max_size=3)
LEVELS = st.dictionaries(ARTICLES, st.integers(0, 4), min_size=5, max_size=5)


@st.composite
def bands(draw: st.DrawFn) -> Band:
    plain = tuple(sorted(draw(st.sets(ARTICLES, max_size=2))))
    packs = draw(st.lists(PACK, max_size=3))
    packs.sort(key=lambda parts: sum(parts.values()))
    parts = tuple(tuple(sorted(each.items())) for each in packs)
    return Band(plain, parts, draw(LEVELS), draw(LEVELS))


def most(band: Band, shelf: dict[int, int]) -> int:
    """The largest number of pieces any choice gives, found by trying every one."""
    every = [*(((article, 1),) for article in band.plain), *band.packs]

    @cache
    def best(left: tuple[int, ...]) -> int:
        found = 0
        for goods in every:
            rest = list(left)
            for article, n in goods:
                rest[article - 1] -= n
            if min(rest) >= 0:
                found = max(found, 1 + best(tuple(rest)))
        return found

    return best(tuple(shelf[article] for article in range(1, 6)))


@settings(max_examples=150, deadline=None)
@given(bands())
def test_e32_never_more_pieces_are_counted_than_can_be_handed_out(band: Band) -> None:
    counted, possible = band.pieces(band.desk), most(band, band.desk)
    assert counted <= possible
    assert (counted == 0) == (possible == 0)
    if len(band.packs) <= 1:
        assert counted == possible


@settings(max_examples=150, deadline=None)
@given(bands(), st.integers(1, 5))
def test_e32_what_is_handed_out_leaves_enough_for_those_before(band: Band, ahead: int) -> None:
    for goods in band.at_desk():
        assert all(band.desk[article] >= n for article, n in goods.items())
        if not band.fails(ahead, goods):
            rest = {article: n - goods.get(article, 0) for article, n in band.both.items()}
            assert most(band, rest) >= min(ahead, band.pieces(band.both))
