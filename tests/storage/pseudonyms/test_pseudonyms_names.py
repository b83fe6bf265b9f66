"""Names of people and places: found with Whisper's spellings, and not where they are ordinary words."""

import pytest

from storage.pseudonyms.finding.findings import Kind
from storage.pseudonyms.finding.known import Known, Roster
from storage.pseudonyms.finding.recognise import findings_in
from storage.pseudonyms.finding.sound_key import sound_key

ROSTER = Roster(
    (
        Known("C_003", Kind.PERSON, "Margaret Tolley", by_first_name=True),
        Known("LW_02", Kind.PERSON, "Paul Sedgwick", by_first_name=True),
        Known("C_005", Kind.PERSON, "Kenneth Marsh"),
        Known("C_007", Kind.PERSON, "Graham Whitcombe"),
        Known("C_008", Kind.PERSON, "Farida Begum"),
        Known("C_041", Kind.PERSON, "David Renshaw"),
        Known("name:dr oyelaran", Kind.PERSON, "Dr Oyelaran"),
        Known("place:elm house", Kind.PLACE, "Elm House"),
        Known("place:wrangham", Kind.PLACE, "Wrangham"),
    )
)


def found(text: str, roster: Roster = ROSTER) -> list[tuple[str, str]]:
    """What is certain in a text, with whom or what it means."""
    [findings] = findings_in([text], roster)
    return [(text[f.start : f.end], f.meant) for f in findings if f.is_certain]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hello Margaret, how are you?", "Margaret"),
        ("it was margaret who", "margaret"),
        ("Margaret's here.", "Margaret"),
        ("Margaret’s here.", "Margaret"),
        ("I am Margaret Tolley.", "Margaret Tolley"),
        ("Maggie said so.", "Maggie"),
        ("They call me Peg at home.", "Peg"),
        ("Margret, are you there?", "Margret"),
        ("Ask Margarette about it.", "Margarette"),
        ("That is Mrs Tolly.", "Tolly"),
        ("Mrs. Tolley is here.", "Tolley"),
        ("Margrit Tully, it says.", "Margrit Tully"),
        ("So, Margaret-Tolley, it said.", "Margaret-Tolley"),
    ],
)
def test_the_participant_is_found_however_they_are_called_and_spelt(text: str, name: str) -> None:
    assert found(text) == [(name, "C_003")]


@pytest.mark.parametrize(
    ("text", "name", "meant"),
    [
        ("David rang me", "David", "name:david"),  # not C_041: nobody knows that
        ("David Renshaw rang me", "David Renshaw", "C_041"),
        ("Mr Renshaw rang me", "Renshaw", "C_041"),
        ("it was Witcombe again", "Witcombe", "C_007"),
        ("Gram Whitcombe rang", "Gram Whitcombe", "C_007"),
        ("Mr Marsh came", "Marsh", "C_005"),
        ("and Fareeda Begam came", "Fareeda Begam", "C_008"),
        ("Dr Oyelaran saw me", "Oyelaran", "name:dr oyelaran"),
        ("Dr Oilaran saw me", "Oilaran", "name:dr oyelaran"),
    ],
)
def test_others_whom_the_study_knows_are_meant_by_their_last_name_only(text: str, name: str, meant: str) -> None:
    assert found(text) == [(name, meant)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("I spoke to Doreen Pattison about it.", ["Doreen Pattison"]),
        ("My sister Karen's dog, our Tom", ["Karen", "Tom"]),
        ("A lady called Xanthe listened to me.", ["Xanthe"]),
        ("My link worker is called Jaroslav.", ["Jaroslav"]),
        ("My husband, Bill, paid the bill.", ["Bill"]),
        ("Nurse Obi and Sister Agnes came, then Dr. Vashti.", ["Obi", "Agnes", "Vashti"]),
        ("Jean-Paul Smith-Jones and Mary-Jane", ["Jean-Paul Smith-Jones", "Mary-Jane"]),
        ("Will rang me, and I saw Will.", ["Will", "Will"]),
        ("Grace is my neighbour. I like Grace.", ["Grace", "Grace"]),
        ("June said no, and my friend May came.", ["June", "May"]),
        ("Auntie Joan and Uncle Bob", ["Joan", "Bob"]),
    ],
)
def test_people_nobody_listed_are_found_by_common_names_and_by_the_words_around(text: str, names: list[str]) -> None:
    assert [name for name, _ in found(text)] == names


@pytest.mark.parametrize(
    "text",
    [
        "Will you come? May I ask? Mark my words.",
        "Bill was high, so the Bill was not paid. Hope so. Rose up early.",
        "In May 2020 and last June, until August, since April.",
        "It was a rose, a grace, an art; I will hope and may mark it.",
        "The marsh was wet, and Kettle on, we sat.",
        "Social Prescribing, Universal Credit, Citizens Advice and the Job Centre on Zoom",
        "I'm Welsh, she is Christian, they are Polish.",
        "Thank You Will For Watching",
        "I shop at John Lewis. Boris Johnson said it, and Captain Tom. I have Parkinson's.",
        "I went to church and to the hospital. The High Street was shut.",
        "A charity called Headspace, an app called Calm.",
        "Sister. Then Father came.",
        "Don't frank it; jack it in, pat it dry, and rob nobody.",
        "Feeling well, tell them, told you, and market day.",
    ],
)
def test_ordinary_words_and_those_in_public_life_stay(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "place", "meant"),
    [
        ("I live in Jesmond.", "Jesmond", "place:jesmond"),
        ("I live in Jezmond.", "Jezmond", "place:jesmond"),
        ("Gosforth's nice", "Gosforth", "place:gosforth"),
        ("from Chester-le-Street", "Chester-le-Street", "place:chester le street"),
        ("in Newcastle upon Tyne", "Newcastle upon Tyne", "place:newcastle upon tyne"),
        ("She is from Stanley.", "Stanley", "place:stanley"),
        ("out in Walker now", "Walker", "place:walker"),
        ("we sat in Elm House", "Elm House", "place:elm house"),
        ("a walk to Rangham", "Rangham", "place:wrangham"),
        ("at the Freeman Hospital", "Freeman Hospital", "place:freeman hospital"),
        ("at the Freeman hospital", "Freeman hospital", "place:freeman hospital"),
        ("at St. Anthony's Surgery", "St. Anthony's Surgery", "place:st anthony's surgery"),
        ("Benton Park Primary School, that is", "Benton Park Primary School", "place:benton park primary school"),
        ("at 24 Acacia Avenue", "24 Acacia Avenue", "place:acacia avenue"),
        ("number twelve, Acacia Avenue", "number twelve, Acacia Avenue", "place:acacia avenue"),
        ("the Royal Victoria Infirmary", "Royal Victoria Infirmary", "place:royal victoria infirmary"),
    ],
)
def test_a_place_is_found_by_name_or_by_what_it_is(text: str, place: str, meant: str) -> None:
    assert found(text) == [(place, meant)]


def test_a_name_that_is_a_place_too_is_what_the_words_around_say() -> None:
    assert found("Stanley rang from Stanley") == [("Stanley", "name:stanley"), ("Stanley", "place:stanley")]


def test_a_part_of_a_name_means_the_only_one_who_is_named_in_full() -> None:
    texts = ["I know Doreen Pattison.", "Doreen said so, and Mrs Pattison too.", "Karen Bell and Karen Lowe", "Karen"]
    meant = [[f.meant for f in findings] for findings in findings_in(texts, ROSTER)]
    assert meant[1] == ["name:doreen pattison", "name:doreen pattison"]
    assert meant[3] == ["name:karen"]


def test_an_ordinary_word_with_a_capital_that_sounds_like_a_known_name_is_for_a_person() -> None:
    [findings] = findings_in(["I said to Tally that it was late."], ROSTER)
    assert [(f.meant, f.is_certain) for f in findings] == [("C_003", False)]


@pytest.mark.parametrize(
    "spellings",
    ["Catherine Kathryn Katherine", "Steven Stephen", "Sheila Shelagh", "Geoffrey Jeffrey", "Whitcombe Witcombe",
     "Chaudhary Chowdhury", "Niamh Neve", "Siobhan Shevaun", "Philip Phillip", "Hugh Huw", "Knight Night"],
)  # fmt: skip
def test_names_that_sound_alike_have_the_same_key(spellings: str) -> None:
    assert len({sound_key(name) for name in spellings.split()}) == 1


def test_names_that_do_not_sound_alike_have_different_keys() -> None:
    names = [
        "Margaret",
        "Market",
        "Paul",
        "Peter",
        "David",
        "Doris",
        "Karen",
        "Kevin",
        "Tolley",
        "Tolliver",
        "Nadia",
        "Natalie",
    ]
    assert len({sound_key(name) for name in names}) == len(names)
