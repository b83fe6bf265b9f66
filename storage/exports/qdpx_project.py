"""`project.qde`: who works on the study, its codebook, its participants as cases, and its sources."""

from storage.exports.clean import clean
from storage.exports.codebook import add_codes
from storage.exports.contents import Contents, Person
from storage.exports.document import Document
from storage.exports.identities import TEAM, interviewer_guid
from storage.exports.qdpx_sources import source_elements, source_guid
from storage.exports.qdpx_variables import add_values, case_values, variable_elements
from storage.exports.refi_qda import ORIGIN, Element, element, inside, instant


def project_element(contents: Contents) -> Element:
    """The whole project; the order of its parts is the schema's, which allows no empty ones."""
    project = element("Project", name=clean(contents.title), origin=ORIGIN, creatingUserGUID=contents.guids[TEAM])
    project.set("creationDateTime", instant(contents.made_at))
    inside(project, "Users").extend(_users(contents))
    if contents.codebook:
        add_codes(inside(project, "CodeBook"), contents.codebook)
    inside(project, "Variables").extend(variable_elements(contents.guids))
    for name, parts in (("Cases", _cases(contents)), ("Sources", source_elements(contents))):
        if parts:
            inside(project, name).extend(parts)
    return project


def _users(contents: Contents) -> list[Element]:
    """The study team, which made the texts, and the interviewers by their codes, who made the recordings."""
    codes = sorted({document.transcript.interviewer_code for document in contents.documents})
    return [
        element("User", guid=contents.guids[TEAM], name="Study team"),
        *(element("User", guid=interviewer_guid(contents.project_guid, code), name=code, id=code) for code in codes),
    ]


def _cases(contents: Contents) -> list[Element]:
    by_code: dict[str, list[Document]] = {}
    for document in contents.documents:
        by_code.setdefault(document.transcript.code, []).append(document)
    return [_case(contents, person, by_code.get(person.code, [])) for person in contents.people]


def _case(contents: Contents, person: Person, documents: list[Document]) -> Element:
    """A participant with what is known of them, and links to the sources of their interviews."""
    case = element("Case", guid=person.guid, name=person.code)
    add_values(case, case_values(person, documents), contents.guids)
    for guid in dict.fromkeys(source_guid(contents, document) for document in documents):
        inside(case, "SourceRef", targetGUID=guid)
    return case
