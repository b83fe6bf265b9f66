"""XML from elsewhere is read without following, expanding or believing anything in it."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import StorageError
from storage.imports import safe_xml
from storage.imports.safe_xml import parsed

LAUGHS = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]>'


BEFORE = ["", "\n", "<!-- a -->", "<?b c?>", '<?xml version="1.0"?>', "<!-- <a/> -->\r\n<?b?>\t"]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_document_type_declaration_is_found_wherever_it_stands(before: str, encoding: str) -> None:
    with pytest.raises(StorageError, match="document type declaration"):
        parsed(f"{before}{LAUGHS}<a>&y;</a>".encode(encoding), "x.qde")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_document_type_declaration_is_found_without_any_mark(encoding: str) -> None:
    with pytest.raises(StorageError, match="document type declaration"):
        parsed(f"<!-- a -->{LAUGHS}<a>&y;</a>".encode(encoding), "x.qde")


def test_a_declaration_is_refused_before_the_parser_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def parser() -> None:
        raise AssertionError("the parser was asked")

    monkeypatch.setattr(safe_xml, "_parser", parser)
    with pytest.raises(StorageError, match="document type declaration"):
        parsed(f"{LAUGHS}<a/>".encode(), "x.qde")


@pytest.mark.parametrize("content", ["<a><![CDATA[<!DOCTYPE b>]]></a>", "<a>&lt;!DOCTYPE b&gt;</a>"])
def test_words_about_declarations_are_words(content: str) -> None:
    assert str(parsed(content.encode(), "x.qde").text) == "<!DOCTYPE b>"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("<a>£</a>", "utf-8"),
        ('<?xml version="1.0" encoding="UTF-8"?><a>£</a>', "utf-8"),
        ('<?xml version="1.0" encoding="utf-8"?><a>£</a>', "utf-8-sig"),
        ('<?xml version="1.0" encoding="utf-16"?><a>£</a>', "utf-16"),
        ("<a>£</a>", "utf-16-le"),
        ("<a>£</a>", "utf-16-be"),
        ('<?xml version="1.0" encoding="utf-16"?><a>£</a>', "utf-8"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>£</a>', "latin-1"),
        ("<?xml version='1.0' encoding='windows-1252'?><a>£</a>", "cp1252"),
        ('<?xml version="1.0" encoding="utf-32"?><a>£</a>', "utf-32"),
        ('<?xml version="1.0" encoding="Shift_JIS"?><a>£</a>'.replace("£", "日"), "shift_jis"),
    ],
)
def test_encodings_are_read_by_mark_or_declaration(content: str, encoding: str) -> None:
    assert parsed(content.encode(encoding), "x.qde").text in ("£", "日")


@pytest.mark.parametrize("encoding", ["utf-7", "unicode_escape", "rot13", "idna", "zlib", "ebcdic-cp-us"])
def test_encodings_in_which_something_can_hide_are_refused(encoding: str) -> None:
    with pytest.raises(StorageError, match="is not read"):
        parsed(f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode(), "x.qde")


def test_comments_and_instructions_leave_the_words_around_them_whole() -> None:
    assert parsed(b"<a>one<!-- x --> and<?y z?> two</a>", "x.qde").text == "one and two"


def test_more_elements_than_memory_should_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_xml, "MOST_MARKS", 10)
    assert len(parsed(b"<a>" + b"<b/>" * 8 + b"</a>", "x.qde")) == 8
    with pytest.raises(StorageError, match="more elements than can be read"):
        parsed(b"<a>" + b"<b/>" * 9 + b"</a>", "x.qde")


def test_more_bytes_than_can_be_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_xml, "LARGEST_XML", 10)
    with pytest.raises(StorageError, match="is larger than 10 bytes"):
        parsed(b"<a>   </a>\n", "x.qde")


def test_a_prolog_without_an_end_takes_no_time() -> None:
    for content in (b"<!--" * 500_000, b"<?" * 500_000, b" " * 2_000_000, b"<!-- --> " * 200_000):
        with pytest.raises(StorageError):
            parsed(content, "x.qde")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(content: bytes) -> None:
    for made in (content, b"<a>" + content + b"</a>", b"<?xml " + content + b"?><a/>"):
        try:
            parsed(made, "x.qde")
        except StorageError as refusal:
            assert str(refusal).startswith("x.qde ")


def test_what_is_refused_costs_little_memory() -> None:
    content = b"<!DOCTYPE a [" + b'<!ENTITY x "y">' * 100_000 + b"]><a/>"
    tracemalloc.start()
    with pytest.raises(StorageError):
        parsed(content, "x.qde")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * len(content)
