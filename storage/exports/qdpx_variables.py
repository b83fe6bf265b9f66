"""What is known of a person and an interview, as variables and their values on cases and sources."""

from collections.abc import Iterable, Mapping

from storage.exports.contents import Contents, Person
from storage.exports.document import Document, month_of
from storage.exports.identities import VARIABLES, variable
from storage.exports.refi_qda import Element, element, inside


def variable_elements(guids: Mapping[str, str]) -> list[Element]:
    """The variables, all of them text: what a program can sort by, and nothing that it could compute."""
    return [_variable(name, about, guids[variable(name)]) for name, about in VARIABLES.items()]


def case_values(person: Person, documents: Iterable[Document]) -> dict[str, str]:
    """Values of a participant: of the group and the consent always, of the interviews delivered where there are any."""
    told = [_of_interview(document) for document in documents]
    joined = {name: ", ".join(sorted({values[name] for values in told})) for name in (told[0] if told else ())}
    return {**joined, **_of_person(person)}


def interview_values(contents: Contents, document: Document) -> dict[str, str]:
    """Values of one interview, with those of its participant: some programs show them on the source alone."""
    code = document.transcript.code
    person = next((person for person in contents.people if person.code == code), None)
    return {**_of_interview(document), **(_of_person(person) if person else {})}


def add_values(parent: Element, values: Mapping[str, str], guids: Mapping[str, str]) -> None:
    """Hang values on a case or a source: programs differ in where they look for them."""
    for name in VARIABLES:
        if name in values:
            value = inside(parent, "VariableValue")
            inside(value, "VariableRef", targetGUID=guids[variable(name)])
            inside(value, "TextValue").text = values[name]


def _variable(name: str, about: str, guid: str) -> Element:
    one = element("Variable", guid=guid, name=name, typeOfVariable="Text")
    inside(one, "Description").text = about
    return one


def _of_interview(document: Document) -> dict[str, str]:
    t = document.transcript
    return {"group": t.group, "mode": t.mode, "month": month_of(t), "interviewer": t.interviewer_code}


def _of_person(person: Person) -> dict[str, str]:
    agreed = {"quotation": person.quotation, "archive": person.archive, "re-contact": person.recontact}
    return {"group": person.group, **{f"consent to {name}": "yes" if yes else "no" for name, yes in agreed.items()}}
