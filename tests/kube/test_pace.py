"""As many requests at once as the server bears: more while it takes them, half when it does not."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kube.pace import Pace


async def _round(pace: Pace, *, too_much: bool = False) -> int:
    """As many requests as are let through, all answered alike; how many they were."""
    places = [await pace.begin() for _ in range(int(pace.limit))]
    for place in places:
        await pace.end(place, too_much=too_much)
    return len(places)


@given(st.lists(st.booleans(), max_size=200))
async def test_it_stays_within_its_bounds_whatever_the_server_says(answers: list[bool]) -> None:
    pace = Pace(most=12)
    for too_much in answers:
        await pace.end(await pace.begin(), too_much=too_much)
        assert 1 <= pace.limit <= 12


async def test_a_round_that_gets_through_lets_about_one_more_in() -> None:
    pace = Pace(limit=8.0)
    await _round(pace)
    assert 8.9 < pace.limit <= 9


async def test_a_refusal_for_load_halves_it_and_a_whole_round_of_them_does_so_once() -> None:
    pace = Pace(limit=16.0)
    assert await _round(pace, too_much=True) == 16
    assert pace.limit == 8
    await _round(pace, too_much=True)
    assert pace.limit == 4


async def test_a_server_that_refuses_everything_still_gets_one_at_a_time() -> None:
    pace = Pace()
    for _ in range(10):
        await _round(pace, too_much=True)
    assert await _round(pace) == 1


async def test_nobody_begins_while_all_places_are_taken() -> None:
    pace = Pace(limit=2.0)
    first, _ = await pace.begin(), await pace.begin()
    third = asyncio.create_task(pace.begin())
    await asyncio.sleep(0)
    assert not third.done()
    await pace.end(first)
    assert await third == 3


@pytest.mark.parametrize("bears", [3, 10])
async def test_it_settles_near_what_a_server_bears(bears: int) -> None:
    pace = Pace()
    limits = []
    for _ in range(60):
        places = [await pace.begin() for _ in range(int(pace.limit))]
        for number, place in enumerate(places):
            await pace.end(place, too_much=number >= bears)
        limits.append(pace.limit)
    assert bears / 2 - 0.5 <= min(limits[20:])
    assert max(limits) < bears + 2
