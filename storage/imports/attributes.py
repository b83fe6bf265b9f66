"""Variables, and their values on cases and sources."""

from collections.abc import Iterator

from storage.imports.coded_project import ProjectVariable
from storage.imports.elements import children, description, inside, place, tag, words
from storage.imports.notebook import Notebook
from storage.imports.safe_xml import Element


def read_variables(book: Notebook, project: Element) -> dict[str, ProjectVariable]:
    """The variables of a project by their GUIDs, in their order."""
    read = (
        ProjectVariable(
            guid=book.guids.own(variable, "Variable"),
            name=variable.get("name", ""),
            kind=variable.get("typeOfVariable", ""),
            description=description(variable),
        )
        for variable in inside(project, "Variables", "Variable")
    )
    return {variable.guid: variable for variable in read}


def read_values(book: Notebook, holder: Element, variables: dict[str, ProjectVariable]) -> Iterator[tuple[str, str]]:
    """Pairs of a variable's name and its value, as it was written."""
    for value in children(holder, "VariableValue"):
        target = next((book.guids.meant(ref.get("targetGUID")) for ref in children(value, "VariableRef")), "")
        if target not in variables:
            book.losses.add(place(holder), "has a value of a variable that the project does not have")
            continue
        kind = next((tag(child) for child in children(value) if tag(child).endswith("Value")), "TextValue")
        written = words(value, kind)
        yield variables[target].name, written if kind == "TextValue" else written.strip()
