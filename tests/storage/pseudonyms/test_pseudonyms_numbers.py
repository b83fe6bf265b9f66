"""Numbers, addresses and dates that tell who somebody is: found as written and as said, and only there."""

import random
from collections.abc import Callable, Iterator

import pytest

from storage.pseudonyms.finding.dates import find_dates
from storage.pseudonyms.finding.emails import find_emails
from storage.pseudonyms.finding.findings import Finding, Kind, settled
from storage.pseudonyms.finding.heard import Heard, hear
from storage.pseudonyms.finding.known import Roster
from storage.pseudonyms.finding.long_numbers import find_long_numbers
from storage.pseudonyms.finding.national_insurance import find_national_insurance_numbers
from storage.pseudonyms.finding.nhs_numbers import find_nhs_numbers, is_nhs_number
from storage.pseudonyms.finding.phones import find_phones
from storage.pseudonyms.finding.postcodes import find_postcodes
from storage.pseudonyms.finding.recognise import findings_in
from storage.pseudonyms.finding.web_addresses import find_web_addresses

Find = Callable[[Heard], Iterator[Finding]]


def found(find: Find, text: str, before: str = "", *, certain: bool = True) -> list[str]:
    """What a recogniser finds in a text that is certain, or that is not."""
    return [text[f.start : f.end] for f in settled(text, find(hear(text, before))) if f.is_certain == certain]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("My number is 0191 498 0855.", "0191 498 0855"),
        ("It's (0191) 498 0855, ring me.", "0191) 498 0855"),
        ("0191-498-0855", "0191-498-0855"),
        ("Try 07700900123 then.", "07700900123"),
        ("+44 7700 900123", "+44 7700 900123"),
        ("it's +44 (0)191 498 0855", "+44 (0)191 498 0855"),
        ("0044 191 498 0855", "0044 191 498 0855"),
        ("plus four four, seven seven double oh, nine hundred, one two three",) * 2,
        ("+353 1 234 5678", "+353 1 234 5678"),
        ("oh one nine one, four nine eight, oh eight double five",) * 2,
        ("zero seven seven double zero, nine double zero, one two three",) * 2,
        ("oh one nine one for nine eight, to eight double five",) * 2,  # Whisper's ears
        ("it's 07700, um, 900, 123", "07700, um, 900, 123"),
        ("0191. 498. 0855.", "0191. 498. 0855"),
        ("0191 four nine eight 0855",) * 2,
        ("oh-one-nine-one four-nine-eight oh-eight-five-five",) * 2,
        ("oh eight hundred, triple one, double one, two two",) * 2,
        ("number five, 0191 498 0855", "0191 498 0855"),
        ("Ring me on 498 0855 please", "498 0855"),
        ("phone me on four nine eight, oh eight double five", "four nine eight, oh eight double five"),
    ],
)
def test_a_telephone_number_is_found_as_it_is_written_or_said(text: str, number: str) -> None:
    assert found(find_phones, text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "I rang 111 and then 999.",
        "one two three four five six seven eight, I counted",
        "There were 1,200,000 people and it cost £2,000,000.",
        "in 2019, 2020 and 2021",
        "one to one support for one or two of them, oh one of those",
        "It is 48 57 77 34 56 steps.",
        "seventeen or eighteen, nineteen twenty",
    ],
)
def test_other_numbers_are_no_telephone_numbers(text: str) -> None:
    assert found(find_phones, text) == []
    assert found(find_phones, text, certain=False) == []


def test_a_number_called_an_account_is_no_telephone_number_and_is_taken_out_all_the_same() -> None:
    text = "my account number is one two three, nine eight four five"
    assert found(find_phones, text) == []
    assert found(find_long_numbers, text) == ["one two three, nine eight four five"]


@pytest.mark.parametrize(
    ("text", "before", "number"),
    [
        ("My NHS number is 999 000 0018.", "", "999 000 0018"),
        ("999 000 0018", "And what's your NHS number, please?", "999 000 0018"),
        (
            "NHS number triple nine, triple zero, double zero one eight",
            "",
            "triple nine, triple zero, double zero one eight",
        ),
        ("It's 99 90 00 00 18 on the N.H.S. letter", "", "99 90 00 00 18"),
        ("It's 9990000018, my N H S number", "", "9990000018"),
    ],
)
def test_an_nhs_number_needs_its_check_digit_and_words_about_it(text: str, before: str, number: str) -> None:
    [finding] = settled(text, find_nhs_numbers(hear(text, before)))
    assert (text[finding.start : finding.end], finding.kind, finding.is_certain) == (number, Kind.NHS, True)


def test_ten_digits_called_an_nhs_number_are_taken_out_even_where_one_was_misheard() -> None:
    text = "My NHS number is 999 000 0017."
    [finding] = settled(text, find_nhs_numbers(hear(text)))
    assert (finding.kind, finding.is_certain) == (Kind.NUMBER, True)


def test_random_ten_digits_are_never_an_nhs_number_without_words_about_it() -> None:
    dice = random.Random(1)
    for _ in range(1000):
        text = f"The order was {dice.randrange(10**10):010}, I think."
        assert found(find_nhs_numbers, text) == []


@pytest.mark.parametrize(
    ("digits", "is_one"),
    [("9990000018", True), ("9990000019", False), ("0000000000", False), ("1111111111", False), ("999000001", False)],
)
def test_the_check_digit_is_that_of_modulo_eleven_and_ten_equal_digits_never_pass(digits: str, is_one: bool) -> None:
    assert is_nhs_number(digits) is is_one


def test_a_remainder_that_would_be_ten_has_no_check_digit() -> None:
    without = [
        n for n in range(100_000_000, 100_000_200) if not any(is_nhs_number(f"{n}{digit}") for digit in range(10))
    ]
    assert without  # one nine-digit number in eleven
    assert len(without) < 200 / 5


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("I live in NE4 7RU now", "NE4 7RU"),
        ("NE47RU", "NE47RU"),
        ("it's ne4 7ru", "ne4 7ru"),
        ("NE4, 7RU", "NE4, 7RU"),
        ("it's N E four, seven R U", "N E four, seven R U"),
        ("N.E. 4, 7 R.U.", "N.E. 4, 7 R.U"),
        ("SW1A 2AA", "SW1A 2AA"),
        ("N for Norman, E for echo, four, seven, R for Robert, U for umbrella",) * 2,
        ("my postcode's N E four seven are you", "N E four seven are you"),
        ("the postcode is NE four, seven double R", "NE four, seven double R"),
        ("I'm in the NE28 area", "NE28"),
        ("we live in NE4 you see", "NE4"),
    ],
)
def test_a_postcode_is_found_as_it_is_written_or_spelt(text: str, postcode: str) -> None:
    assert found(find_postcodes, text) == [postcode]


def test_the_first_half_of_a_postcode_without_words_about_it_is_for_a_person() -> None:
    assert found(find_postcodes, "It was somewhere, NE28 maybe") == []
    assert found(find_postcodes, "It was somewhere, NE28 maybe", certain=False) == ["NE28"]


@pytest.mark.parametrize(
    "text",
    [
        "I took B12, D3 and 2 paracetamol on the M25 and the A1.",
        "an MP3 player with 4GB",
        "CO2 went up and down",
        "we had 3 or 4 of them, I said to her",
        "my L4 and L5 are bad",
        "a PS5 and a 4K TV",
    ],
)
def test_other_letters_with_digits_are_no_postcodes(text: str) -> None:
    assert found(find_postcodes, text) == []
    assert found(find_postcodes, text, certain=False) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It's QQ 12 34 56 C", "QQ 12 34 56 C"),
        ("QQ123456C", "QQ123456C"),
        ("qq123456c", "qq123456c"),
        ("my national insurance number is Q Q one two three four five six C", "Q Q one two three four five six C"),
        ("Q, Q, 12, 34, 56, see", ""),
        ("my NI number: Q, Q, 12, 34, 56, see", "Q, Q, 12, 34, 56, see"),
        ("a national insurance number, QQ 12 34 56", "QQ 12 34 56"),
    ],
)
def test_a_national_insurance_number_is_found(text: str, number: str) -> None:
    assert found(find_national_insurance_numbers, text) == ([number] if number else [])


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("It's jo.smith@gmail.com, yes.", "jo.smith@gmail.com"),
        ("jo_smith-1@some-firm.co.uk", "jo_smith-1@some-firm.co.uk"),
        ("Jo Smith @ gmail.com", "Smith @ gmail.com"),
        ("my email is jo dot smith at gmail dot com", "jo dot smith at gmail dot com"),
        (
            "on jo underscore smith sixty four at hotmail dot co dot uk, thanks",
            "jo underscore smith sixty four at hotmail dot co dot uk",
        ),
        ("jo dot smith@gmail.com",) * 2,
        ("It's Jo Smith at Gmail.", "Jo Smith at Gmail"),
        ("j.smith at btinternet.com",) * 2,
        ("send it to smith 64 at b t internet dot com", "smith 64 at b t internet dot com"),
        ("all one word, josmith at nhs dot net", "josmith at nhs dot net"),
        ("it's Jo Smith, all one word, at gmail dot com", "Jo Smith, all one word, at gmail dot com"),
    ],
)
def test_an_e_mail_address_is_found_as_it_is_written_or_said(text: str, address: str) -> None:
    assert found(find_emails, text) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "we met at the Gmail office",
        "I looked at gmail dot com",
        "I was at home. Dot came at ten.",
        "at the end of the day, at five, at St Mary's",
        "she is good at dot to dot",
    ],
)
def test_other_words_with_at_are_no_e_mail_address(text: str) -> None:
    assert found(find_emails, text) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("go to www.joesplumbing.co.uk.", "www.joesplumbing.co.uk"),
        ("https://example.org/me?x=1 is it", "https://example.org/me?x=1"),
        ("my site is joes plumbing dot co dot uk", "joes plumbing dot co dot uk"),
        ("it's www dot joes dash plumbing dot com", "www dot joes dash plumbing dot com"),
        ("follow me @jo_smith99 there", "@jo_smith99"),
    ],
)
def test_a_web_address_is_found(text: str, address: str) -> None:
    assert found(find_web_addresses, text) == [address]


@pytest.mark.parametrize(
    "text", ["see nhs.uk or www.gov.uk", "nhs dot uk", "on booking.com and bbc.co.uk", "dot com firms"]
)
def test_an_address_that_is_everybodys_stays(text: str) -> None:
    assert found(find_web_addresses, text) == []


@pytest.mark.parametrize(
    ("text", "day", "kind"),
    [
        ("I was admitted on the 3rd of June 2020.", "3rd of June 2020", Kind.DATE),
        ("on June the third", "June the third", Kind.DATE),
        ("May 12th we spoke", "May 12th", Kind.DATE),
        ("on 23 March it began", "23 March", Kind.DATE),
        ("the twenty-third of March",) * 1 + ("twenty-third of March", Kind.DATE),
        ("the third of June, nineteen fifty-two", "third of June, nineteen fifty-two", Kind.DATE),
        ("third of the sixth, fifty-two", "third of the sixth, fifty-two", Kind.DATE),
        ("2020-06-03 it says", "2020-06-03", Kind.DATE),
        ("my date of birth is 03/06/1952", "03/06/1952", Kind.BIRTH),
        ("my DOB: 3.6.1952", "3.6.1952", Kind.BIRTH),
        ("my birthday is the 4th of July", "4th of July", Kind.BIRTH),
        ("I was born in 1952 there", "1952", Kind.BIRTH),
        ("born in nineteen fifty-two", "nineteen fifty-two", Kind.BIRTH),
        ("three six fifty two, that's my birthday", "three six fifty two", Kind.BIRTH),
    ],
)
def test_a_day_is_found_and_a_birthday_is_told_from_it(text: str, day: str, kind: Kind) -> None:
    [finding] = settled(text, find_dates(hear(text)))
    assert (text[finding.start : finding.end], finding.kind, finding.is_certain) == (day, kind, True)


@pytest.mark.parametrize(
    "text",
    [
        "In May 2020 I went; you may first want to march second.",
        "we did 24/7 support and it was 50/50",
        "March was hard. The 1st of all of them.",
        "The second May bank holiday, in 2020.",
        "It was 10.30.15 on Monday.",
        "version 1.2.3 of it",
    ],
)
def test_months_years_and_other_numbers_stay(text: str) -> None:
    assert found(find_dates, text) == []


@pytest.mark.parametrize(
    ("text", "certain", "doubtful"),
    [
        ("the reference is 12345", ["12345"], []),
        ("sort code 12-34-56", ["12-34-56"], []),
        ("I typed 12345678 in", [], ["12345678"]),
        ("it was £12345678 or 12345678 pounds", [], []),
        ("about 1,234,567 of them", [], []),
    ],
)
def test_a_long_number_is_certain_where_it_is_called_one(text: str, certain: list[str], doubtful: list[str]) -> None:
    assert found(find_long_numbers, text) == certain
    assert found(find_long_numbers, text, certain=False) == doubtful


def test_nothing_is_found_in_what_is_marked_as_unclear_or_is_a_pseudonym_already() -> None:
    heard = hear("[unclear 00:12:31-00:12:38] [Person 0191 498 0855]", pseudonyms=["[Person 0191 498 0855]"])
    assert heard.tokens == ()


def pieces(*texts: str) -> list[list[str]]:
    """What is certain in each of several utterances."""
    found = findings_in(texts, Roster(()))
    return [
        [text[f.start : f.end] for f in findings if f.is_certain] for text, findings in zip(texts, found, strict=True)
    ]


@pytest.mark.parametrize(
    ("texts", "found_in_each"),
    [
        (("It's oh one nine one.", "Yeah.", "Four nine eight,", "oh eight double five."),
         [["oh one nine one"], [], ["Four nine eight"], ["oh eight double five"]]),
        (("And your NHS number?", "999", "Yes?", "000, 0018."), [[], ["999"], [], ["000, 0018"]]),
        (("07700", "900 123, that's it."), [["07700"], ["900 123"]]),
        (("I have two.", "Three, I said.", "Four of them."), [[], [], []]),
        (("oh one nine one", "I did not hear that at all.", "four nine eight"), [[], [], []]),
    ],
)  # fmt: skip
def test_a_number_told_in_pieces_is_found_in_each_of_them(
    texts: tuple[str, ...], found_in_each: list[list[str]]
) -> None:
    assert pieces(*texts) == found_in_each
