"""Memory compared page by page, and memories kept as an image and a few pages on top."""

from __future__ import annotations

import ctypes
import mmap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snapjs._guest import image as image_module
from snapjs._guest.image import Image, runs_of
from snapjs._guest.memory import FEW_PAGES, FIRST_PAGE, Memory, Overlay, keep
from snapjs._guest.pages import PAGE, not_zero, unlike

SIZE = (FIRST_PAGE + 100) * PAGE


class Linear:
    """Linear memory that belongs to no instance."""

    def __init__(self, size: int = SIZE) -> None:
        self.size = size
        self.bytes = mmap.mmap(-1, size)
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.bytes))

    def fill(self, pages: dict[int, int]) -> Linear:
        """Fill pages, by number, with a byte each."""
        for number, byte in pages.items():
            self.bytes[number * PAGE : (number + 1) * PAGE] = bytes([byte]) * PAGE
        return self

    def page(self, number: int) -> int:
        """The byte that a page is filled with."""
        content = set(self.bytes[number * PAGE : (number + 1) * PAGE])
        assert len(content) == 1
        return content.pop()


@pytest.fixture(params=["mapped", "copied"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs with the mapping and with the fallback."""
    if request.param == "copied":
        monkeypatch.setattr(image_module, "_map", lambda base, length, descriptor: False)


def image_of(pages: dict[int, int], size: int = SIZE) -> Image:
    return Image(size, ((number * PAGE, bytes([byte]) * PAGE) for number, byte in pages.items()))


def kept(linear: Linear, reference: Memory, few: int = FEW_PAGES) -> tuple[Memory, list[int]]:
    return keep(linear.base, linear.size, reference, few=few)


def overlay_of(pages: dict[int, int]) -> Overlay:
    return Overlay(pages, b"".join(bytes([byte]) * PAGE for byte in pages.values()))


A, B, C, D = (FIRST_PAGE + number for number in (0, 7, 50, 99))


# ---- pages


def test_runs_of_numbers() -> None:
    assert runs_of([]) == []
    assert runs_of([5]) == [(5, 6)]
    assert runs_of([0, 1, 2, 4, 7, 8]) == [(0, 3), (4, 5), (7, 9)]


@pytest.mark.parametrize("offset", [0, 1, 7, 8, PAGE // 2, PAGE - 1])
def test_one_byte_anywhere_makes_a_page_not_zero(offset: int) -> None:
    memory = Linear(40 * PAGE)
    memory.bytes[17 * PAGE + offset] = 1
    assert not_zero(memory.base, 0, 40) == [17]


@pytest.mark.parametrize("offset", [0, 1, 7, 8, PAGE // 2, PAGE - 1])
def test_one_byte_anywhere_makes_a_page_unlike(offset: int) -> None:
    one, two = Linear(40 * PAGE), Linear(40 * PAGE)
    two.bytes[17 * PAGE + offset] = 1
    assert unlike(one.base, two.base, 0, 40) == [17]


def test_only_the_pages_between_start_and_end_are_compared() -> None:
    one, two = Linear(40 * PAGE), Linear(40 * PAGE).fill(dict.fromkeys(range(40), 1))
    assert unlike(one.base, two.base, 15, 18) == [15, 16, 17]
    assert not_zero(two.base, 15, 18) == [15, 16, 17]
    assert unlike(one.base, two.base, 18, 18) == []
    assert not_zero(two.base, 18, 15) == []


@settings(deadline=None, max_examples=50)
@given(start=st.integers(0, 70), end=st.integers(0, 70), changed=st.sets(st.integers(0, 69)))
def test_comparison_finds_exactly_what_differs(start: int, end: int, changed: set[int]) -> None:
    one, two = Linear(70 * PAGE), Linear(70 * PAGE)
    for number in changed:
        two.bytes[number * PAGE + number * 50] = 1
    expected = sorted(number for number in changed if start <= number < end)
    assert unlike(one.base, two.base, start, end) == expected
    assert not_zero(two.base, start, end) == expected


# ---- a memory is its image under its overlay


def test_page_comes_from_the_overlay_or_else_from_the_image() -> None:
    memory = Memory(SIZE, image_of({A: 1, B: 2}), overlay_of({B: 3, C: 4}))
    assert [memory.page(number)[0] for number in (A, B, C, D)] == [1, 3, 4, 0]


def test_page_behind_the_end_is_zero() -> None:
    memory = Memory(SIZE, image_of({A: 1}), Overlay())
    assert memory.page(FIRST_PAGE + 100) == bytes(PAGE)


def test_kept_pages_are_those_of_image_and_overlay() -> None:
    assert Memory(SIZE, image_of({A: 1, B: 2}), overlay_of({B: 3, C: 4})).kept_pages() == [A, B, C]


def test_laying_gives_fresh_memory_the_same_pages() -> None:
    fresh = Linear()
    Memory(SIZE, image_of({A: 1, B: 2}), overlay_of({B: 3, C: 4})).lay_onto(fresh.base)
    assert [fresh.page(number) for number in (A, B, C, D)] == [1, 3, 4, 0]


def test_overlay_puts_neighbouring_pages_in_their_places() -> None:
    fresh = Linear()
    overlay_of({A: 1, A + 1: 2, A + 2: 3, B: 4}).copy_onto(fresh.base)
    assert [fresh.page(number) for number in (A, A + 1, A + 2, A + 3, B)] == [1, 2, 3, 0, 4]


@pytest.mark.parametrize("end", [FIRST_PAGE + 100, FIRST_PAGE + 150])
def test_pieces_hold_the_pages_that_were_asked_for(end: int) -> None:
    memory = Memory(SIZE, image_of({A: 1, B: 2, B + 1: 3}), overlay_of({B: 4, C: 5}))
    wanted = [A, B - 1, B, B + 1, *range(C, end)]
    pieces = list(memory.pieces(wanted))
    pages = {
        first + i: content[i * PAGE : (i + 1) * PAGE] for first, content in pieces for i in range(len(content) // PAGE)
    }
    assert list(pages) == wanted
    assert {number: page[0] for number, page in pages.items() if any(page)} == {A: 1, B: 4, B + 1: 3, C: 5}
    assert max(len(content) for _, content in pieces) <= 64 * PAGE


# ---- differences from a memory


def test_memory_is_like_itself() -> None:
    memory = Memory(SIZE, image_of({A: 1, B: 2}), overlay_of({B: 3, C: 4}))
    other = Linear().fill({A: 1, B: 3, C: 4})
    assert memory.pages_unlike(other.base, SIZE) == []


def test_pages_that_differ_from_image_and_overlay() -> None:
    memory = Memory(SIZE, image_of({A: 1, B: 2}), overlay_of({B: 3, C: 4}))
    other = Linear().fill({A: 9, B: 2, D: 5})
    assert memory.pages_unlike(other.base, SIZE) == [A, B, C, D]


def test_stack_is_not_compared() -> None:
    memory = Memory(SIZE, image_of({}), Overlay())
    other = Linear().fill({0: 1, FIRST_PAGE - 1: 2})
    assert memory.pages_unlike(other.base, SIZE) == []


def test_behind_the_images_end_a_larger_memory_is_compared_with_zeros() -> None:
    memory = Memory(SIZE, image_of({A: 1}), overlay_of({B: 2}))
    other = Linear(SIZE + 10 * PAGE).fill({A: 1, B: 2, D + 1: 3, D + 10: 4})
    assert memory.pages_unlike(other.base, other.size) == [D + 1, D + 10]


def test_behind_a_smaller_memorys_end_nothing_is_compared() -> None:
    memory = Memory(SIZE, image_of({A: 1, D: 2}), overlay_of({C: 3, D - 1: 4}))
    other = Linear(SIZE - 2 * PAGE).fill({A: 1, C: 3})
    assert memory.pages_unlike(other.base, other.size) == []


# ---- copies


def test_few_pages_are_kept_over_the_references_image() -> None:
    reference = Memory(SIZE, image_of({A: 1, B: 2}), Overlay())
    copy, numbers = kept(Linear().fill({A: 1, B: 3, C: 4}), reference)
    assert copy.ground is reference.ground
    assert list(copy.overlay.numbers) == numbers == [B, C]


def test_many_pages_become_an_image() -> None:
    reference = Memory(SIZE, image_of({}), Overlay())
    numbers = list(range(FIRST_PAGE, FIRST_PAGE + FEW_PAGES + 1))
    copy, found = kept(Linear().fill(dict.fromkeys(numbers, 1)), reference)
    assert copy.ground.length == SIZE
    assert list(copy.overlay.numbers) == []
    assert found == numbers


def test_limit_of_few_pages_is_included() -> None:
    reference = Memory(SIZE, image_of({}), Overlay())
    linear = Linear().fill({A: 1, B: 2, C: 3})
    assert kept(linear, reference, few=3)[0].ground is reference.ground
    assert kept(linear, reference, few=2)[0].ground is not reference.ground


def test_memory_that_is_shorter_than_the_references_image_becomes_one_of_its_own() -> None:
    reference = Memory(SIZE, image_of({A: 1, D: 2}), Overlay())
    copy, numbers = kept(Linear(SIZE - 2 * PAGE).fill({A: 1}), reference)
    assert (copy.ground.length, numbers) == (SIZE - 2 * PAGE, [])
    grown = Linear().fill({A: 1, D: 2})
    assert copy.pages_unlike(grown.base, SIZE) == [D]


def test_pages_back_at_the_images_content_are_not_kept_but_differ() -> None:
    """The reference's overlay has another content there."""
    reference = Memory(SIZE, image_of({A: 1, B: 2}), overlay_of({B: 3}))
    copy, numbers = kept(Linear().fill({A: 1, B: 2}), reference)
    assert numbers == [B]
    assert list(copy.overlay.numbers) == []
    assert copy.page(B)[0] == 2


def test_pages_like_the_references_overlay_are_kept_but_do_not_differ() -> None:
    reference = Memory(SIZE, image_of({A: 1, B: 2}), overlay_of({B: 3}))
    copy, numbers = kept(Linear().fill({A: 1, B: 3}), reference)
    assert numbers == []
    assert copy.page(B)[0] == 3


def test_copy_of_the_stack_is_zero() -> None:
    reference = Memory(SIZE, image_of({}), Overlay())
    copy, _ = kept(Linear().fill({0: 1, FIRST_PAGE - 1: 2, A: 3}), reference, few=0)
    assert [copy.page(number)[0] for number in (0, FIRST_PAGE - 1, A)] == [0, 0, 3]


def test_copy_does_not_follow_the_original() -> None:
    linear = Linear().fill({A: 1})
    reference = Memory(SIZE, image_of({}), Overlay())
    apart, image = (kept(linear, reference, few=few)[0] for few in (1, 0))
    linear.fill({A: 9, B: 9})
    assert [memory.page(number)[0] for memory in (apart, image) for number in (A, B)] == [1, 0, 1, 0]


PAGES = st.dictionaries(st.integers(FIRST_PAGE, FIRST_PAGE + 99), st.integers(0, 3), max_size=12)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(ground=PAGES, over=PAGES, state=PAGES, few=st.integers(0, 12), larger=st.integers(0, 2), shared=st.booleans())
def test_any_memory_can_be_kept_with_any_other_as_reference(
    ground: dict[int, int], over: dict[int, int], state: dict[int, int], few: int, larger: int, shared: bool
) -> None:
    reference = Memory(SIZE, image_of(dict(sorted(ground.items()))), overlay_of(dict(sorted(over.items()))))
    linear = Linear(SIZE + larger * 16 * PAGE)
    if shared:
        linear.fill(ground | over)
    linear.fill(state)
    copy, numbers = kept(linear, reference, few=few)
    pages = range(FIRST_PAGE, linear.size // PAGE)
    content = {number: linear.bytes[number * PAGE : (number + 1) * PAGE] for number in pages}
    assert numbers == [number for number in pages if reference.page(number) != content[number]]
    assert all(copy.page(number) == content[number] for number in pages)
    assert set(copy.kept_pages()) >= {number for number in pages if any(content[number])}
    laid = Linear(linear.size)
    copy.lay_onto(laid.base)
    assert not unlike(laid.base, linear.base, FIRST_PAGE, linear.size // PAGE)
    assert copy.pages_unlike(linear.base, linear.size) == []
