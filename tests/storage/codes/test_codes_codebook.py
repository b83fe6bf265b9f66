"""Two codebooks become one: by GUID, by name only when somebody says so, and never with a circle."""

from dataclasses import replace

import pytest
from coded_values import ALONE, MONEY, RENT, guid
from hypothesis import given
from hypothesis import strategies as st

from storage.codes.codebook import SameNames, in_order, merge_codebook, paths_of, without_circles
from storage.imports.coded_project import Loss, ProjectCode

STORED = (ALONE, MONEY, RENT)


def test_a_codebook_reads_as_a_tree() -> None:
    codes = (RENT, replace(ALONE, name="bread", parent_guid=RENT.guid), MONEY, ProjectCode(guid(2, 7), "Älter"))
    assert [code.name for code in in_order(codes)] == ["Money", "Rent", "bread", "Älter"]


def test_paths_name_what_a_code_is_below() -> None:
    assert paths_of(STORED)[RENT.guid] == ("Money", "Rent")


def test_what_is_the_same_is_not_written_again() -> None:
    merged = merge_codebook(STORED, STORED[::-1], SameNames.ASK, update=False)
    assert (merged.new, merged.changed, merged.differences, merged.losses) == (frozenset(), frozenset(), (), ())


@pytest.mark.parametrize("update", [False, True])
def test_of_a_code_that_both_have_the_studys_word_counts_or_the_files(update: bool) -> None:
    found = replace(ALONE, name="Lonely", description="x", color="", is_codable=False)
    merged = merge_codebook(STORED, (found,), SameNames.ASK, update=update)
    kept = "" if update else "; the study keeps its own"
    assert [loss.what.removesuffix(kept) for loss in merged.differences] == [
        "the file calls it Lonely",
        "the file describes it differently",
        "the file gives it no colour",
        "the file says that it cannot be given to a passage",
    ]
    assert next(code for code in merged.codes if code.guid == ALONE.guid) == (found if update else ALONE)
    assert merged.changed == ({ALONE.guid} if update else set())


def test_a_new_code_below_one_of_the_same_name_goes_below_that() -> None:
    money, food = ProjectCode(guid(2, 8), " MONEY"), ProjectCode(guid(2, 9), "Food", parent_guid=guid(2, 8))
    assert merge_codebook(STORED, (money, food), SameNames.ASK, update=False).same_names == (" MONEY",)
    merged = merge_codebook(STORED, (money, food), SameNames.MERGE, update=False)
    assert merged.guids == {money.guid: MONEY.guid, food.guid: food.guid}
    assert paths_of(merged.codes)[food.guid] == ("Money", "Food")
    apart = merge_codebook(STORED, (money, food), SameNames.APART, update=False)
    assert apart.new == {money.guid, food.guid}


def test_the_same_name_below_another_code_is_another_code() -> None:
    rent = ProjectCode(guid(2, 9), "Rent")
    assert merge_codebook(STORED, (rent,), SameNames.ASK, update=False).same_names == ()


def test_a_code_below_one_that_is_not_there_is_at_the_top() -> None:
    codes, losses = without_circles([replace(RENT, parent_guid=guid(2, 99))])
    assert codes == (replace(RENT, parent_guid=""),)
    assert losses == (Loss("code Rent", "the code that it is below is not there; it is at the top now"),)


def test_a_guid_that_is_there_twice_is_taken_once() -> None:
    codes, losses = without_circles([ALONE, replace(ALONE, name="Other")])
    assert codes == (ALONE,)
    assert losses == (Loss("code Other", "its GUID is there twice; only the first was taken"),)


def test_a_move_of_the_file_that_would_close_a_circle_with_the_study_is_not_followed() -> None:
    """The study has Rent below Money; the file knows Money below Rent, and not where Rent is."""
    found = (replace(MONEY, parent_guid=RENT.guid), replace(RENT, parent_guid=MONEY.guid))
    merged = merge_codebook(STORED, found, SameNames.ASK, update=True)
    assert paths_of(merged.codes)[MONEY.guid] in (("Money",), ("Rent", "Money"))
    assert [loss.what for loss in merged.losses] == ["it is below itself, in a circle; it is at the top now"]


numbers = st.integers(0, 7)
codebooks = st.lists(
    st.builds(
        lambda number, name, parent: ProjectCode(guid(2, number), name, guid(2, parent) if parent else ""),
        numbers,
        st.sampled_from(["Alone", "alone", "Money", "Rent"]),
        st.integers(0, 8),
    ),
    max_size=8,
)


@given(codebooks, codebooks, st.sampled_from(SameNames), st.booleans())
def test_the_merged_codebook_is_always_a_tree_with_every_code_of_the_study(
    stored: list[ProjectCode], found: list[ProjectCode], same_names: SameNames, update: bool
) -> None:
    kept, _ = without_circles(stored)
    merged = merge_codebook(kept, found, same_names, update=update)
    seen: set[str] = set()
    for code in merged.codes:  # each after the one that it is below: so there is no circle
        assert not code.parent_guid or code.parent_guid in seen
        seen.add(code.guid)
    assert {code.guid for code in kept} | merged.new == seen
    assert set(merged.guids.values()) <= seen
    if not update:
        assert {code.guid: code for code in merged.codes} | {code.guid: code for code in kept} == {
            code.guid: code for code in merged.codes
        }
    again = merge_codebook(merged.codes, found, same_names, update=update)
    if same_names != SameNames.MERGE:
        assert again.new == frozenset()
