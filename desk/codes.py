"""`fieldcall codes`: what comes back from coding, and what a researcher asks of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import Opened, opened
from desk.output import JSON_OPTION, Row, complain, print_json, progress_bar, say
from desk.sheets import tell, write_file

if TYPE_CHECKING:
    from storage.codes.heat_map import Shown
    from storage.codes.importing import Wishes
    from storage.codes.report import ImportReport
    from storage.imports.coded_project import CodedProject, Loss

ACTOR = "researcher"
ON_SCREEN = 100
MOST_LOSSES = 20
QUOTE = ("code", "interview", "group", "time", "coder", "may_be_quoted", "quote", "flagged")
FOLLOWED = ("interview", "version", "code", "coder", "quote", "standing", "from", "to", "why")
PAIR = ("code", "and", "codings", "participants")
MEASURES = {"percent": 1, "kappa": 3, "alpha": 3}  # of agreement, and their digits on the screen

app = typer.Typer(help="Import codings, ask for quotes, counts and agreement.", no_args_is_help=True)


def _png(path: Path | None) -> Path | None:
    if path and path.suffix.lower() != ".png":
        raise typer.BadParameter(f"{path.name} does not end in .png")
    return path


CSV_OPTION = typer.Option("--csv", metavar="FILE", help="Write all rows into this file as well.")
PLOT_OPTION = typer.Option("--plot", metavar="FILE.png", callback=_png, help="Draw a heat map into this file.")
CODER_OPTION = typer.Option("--coder", metavar="NAME", help="Only what this coder coded.")
LIMIT_OPTION = typer.Option("--limit", min=0, help="At most this many rows on the screen; 0 is all. Files have all.")


@app.command("list")
def list_(
    context: typer.Context,
    csv: Annotated[Path | None, CSV_OPTION] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show the codebook with how much each code is used."""
    from storage.codes.questions import code_uses

    with opened(context).database.reading() as session:
        uses = code_uses(session)
    rows = [
        {
            "code": use.path,
            "codings": use.codings,
            "participants": use.participants,
            "coders": use.coders,
            "flagged": use.flagged,
            "description": use.code.description,
        }
        for use in uses
    ]
    none = "There are no codes yet. 'fieldcall codes import FILE' brings them."
    tell(rows, "Codes", csv=csv, as_json=as_json, empty=none)


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .qdpx or .qdc of any program for coding.")],
    coder: Annotated[
        str,
        typer.Option(metavar="NAME", help="Whose work all of it is, where the file does not say or says it wrongly."),
    ] = "",
    same_names: Annotated[
        str, typer.Option(metavar="merge|apart", help="What codes and coders are that have the name of others.")
    ] = "ask",
    update: Annotated[
        bool, typer.Option("--update", help="Follow what its coder changed or removed since; nothing is deleted.")
    ] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Take codes, codings, memos and coders from a project that comes back from coding."""
    from storage.codes.codebook import SameNames
    from storage.codes.importing import Wishes
    from storage.imports.reading import read_coded

    if same_names not in list(SameNames):
        raise typer.BadParameter(f"{same_names!r} is not allowed; allowed: merge, apart", param_hint="--same-names")
    wishes = Wishes(coder=coder, same_names=SameNames(same_names), update=update)
    take(opened(context), read_coded(file), wishes, as_json=as_json)


def take(here: Opened, project: "CodedProject", wishes: "Wishes", *, as_json: bool = False) -> None:
    """Take a project into the study and tell what became of it. Exit status 1 where a person must look."""
    from storage.codes.importing import find_texts, import_project, refuse_same_names
    from storage.tables import now

    with progress_bar("look for texts") as moved, here.database.reading() as session:
        refuse_same_names(session, project, wishes)
        found = find_texts(session, here.study, project, moved)
    with here.database.writing() as session:
        report = import_project(session, here.study, project, found, actor=ACTOR, now=now(), wishes=wishes)
    if as_json:
        print_json(report)
    else:
        _say_what_was_taken(report)
        for heading, losses in (
            ("to be looked at", report.flagged),
            ("left out", report.left_out),
            ("not as in the study", report.differences),
            ("not as in the file", report.losses),
        ):
            _complain_of(heading, losses)
        if report.differences and not wishes.update:
            complain("Import it again with --update to follow what its coder changed or removed.")
    if report.needs_a_person:
        raise typer.Exit(1)


def _say_what_was_taken(report: "ImportReport") -> None:
    by_coder = ", ".join(f"{number} by {name}" for name, number in report.new_codings.items()) or "none"
    say(f"New codings: {by_coder}. {report.already} were there before.")
    if report.matched_by:
        say("Their texts were found " + ", ".join(f"by {how}: {n}" for how, n in report.matched_by.items()) + ".")
    say(f"New codes: {len(report.new_codes)}, changed: {len(report.changed_codes)}. New memos: {report.new_memos}.")
    if report.retired or report.revived:
        say(f"Retired: {report.retired}, brought back: {report.revived}.")


def _complain_of(heading: str, losses: "Sequence[Loss]") -> None:
    if losses:
        complain(f"{len(losses)} {heading}:")
    for loss in losses[:MOST_LOSSES]:
        complain(f"  {loss.where}: {loss.what}")
    if len(losses) > MOST_LOSSES:
        complain(f"  and {len(losses) - MOST_LOSSES} more; --json shows them all")


@app.command()
def quotes(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="[CODE_NAME]", help="A code, or its path: 'Money > Rent'.")] = "",
    below: Annotated[bool, typer.Option("--below", help="Those of the codes below it, too.")] = False,
    group: Annotated[str, typer.Option(metavar="G", help="Only of participants of this group.")] = "",
    coder: Annotated[str, CODER_OPTION] = "",
    limit: Annotated[int, LIMIT_OPTION] = ON_SCREEN,
    csv: Annotated[Path | None, CSV_OPTION] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show what was given a code, with interview, time and coder. Who may not be quoted is marked."""
    from storage.codes.questions import quotes as find
    from storage.lengths import clock

    here = opened(context)
    if group and group not in here.study.groups:
        raise typer.BadParameter(f"{group} is no group; there are {', '.join(here.study.groups)}", param_hint="--group")
    most = 0 if as_json or csv or not limit else limit + 1  # one more tells that there are more
    with here.database.reading() as session:
        found = find(session, here.study, code=code, below=below, group=group, coder=coder, limit=most)
    rows = [
        _row(
            QUOTE,
            quote.code,
            quote.label,
            quote.group,
            "" if quote.start_ms is None else clock(quote.start_ms),
            quote.coder,
            "yes" if quote.may_be_quoted else "no",
            quote.words,
            quote.reason,
        )
        for quote in found
    ]
    none = "Nothing is coded so."
    tell(rows, "Quotes", csv=csv, as_json=as_json, limit=limit, empty=none, columns=QUOTE)


@app.command()
def follow(
    context: typer.Context,
    interview: Annotated[str, typer.Argument(metavar="CODE", help="A participant's code, or an interview's label.")],
    csv: Annotated[Path | None, CSV_OPTION] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show where a participant's codings stand in the newest text, and which of them an edit has touched."""
    from storage.codes.carrying import on_newest
    from storage.codes.following import through_edits
    from storage.interviews import code_of

    here = opened(context)
    with here.database.reading() as session:
        found = on_newest(session, here.study, code_of(interview), through_edits(session, here.study))
    rows = [
        _row(
            FOLLOWED,
            each.label,
            each.version_number,
            each.code,
            each.coder,
            each.carried.coding.anchor.quote,
            str(each.carried.standing),
            each.carried.start,
            each.carried.end,
            each.carried.reason,
        )
        for each in found
    ]
    none = "Nothing of this participant is coded."
    tell(rows, "Codings in the newest text", csv=csv, as_json=as_json, empty=none, columns=FOLLOWED)
    flagged = sum(each.carried.standing == "flagged" for each in found)
    if flagged:
        complain(f"{flagged} of {len(found)} are flagged: look at them in the new text, and code them there anew.")
        raise typer.Exit(1)


@app.command()
def matrix(
    context: typer.Context,
    below: Annotated[bool, typer.Option("--below", help="A code counts what is coded below it, too.")] = False,
    coder: Annotated[str, CODER_OPTION] = "",
    csv: Annotated[Path | None, CSV_OPTION] = None,
    plot: Annotated[Path | None, PLOT_OPTION] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show how often each code is used in each group, and of how many participants."""
    from storage.codes.heat_map import of_groups
    from storage.codes.questions import matrix as count

    here = opened(context)
    with here.database.reading() as session:
        found = count(session, below=below, coder=coder)
    rows = [
        {
            "code": row,
            **{
                f"{group}_{what}": getattr(found.cell(row, group), what)
                for group in found.columns
                for what in ("codings", "participants")
            },
        }
        for row in found.rows
    ]
    tell(rows, "Codes by group", csv=csv, as_json=as_json, empty="There are no codes yet.")
    if plot:
        _draw(plot, of_groups(found), f"{here.study.study.title}: codings by code and group", as_json=as_json)


@app.command()
def together(
    context: typer.Context,
    coder: Annotated[str, CODER_OPTION] = "",
    limit: Annotated[int, LIMIT_OPTION] = ON_SCREEN,
    csv: Annotated[Path | None, CSV_OPTION] = None,
    plot: Annotated[Path | None, PLOT_OPTION] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show which codes one coder gave to words that overlap, the most frequent first."""
    from storage.codes.heat_map import of_pairs
    from storage.codes.questions import together as count

    here = opened(context)
    with here.database.reading() as session:
        found = count(session, coder=coder)
    order = {row: number for number, row in enumerate(found.rows)}
    pairs = [pair for pair in found.cells if order[pair[0]] < order[pair[1]]]
    pairs.sort(key=lambda pair: (-found.cells[pair].codings, order[pair[0]], order[pair[1]]))
    rows = [
        _row(
            PAIR,
            pair[0],
            pair[1],
            found.cells[pair].codings,
            found.cells[pair].participants,
        )
        for pair in pairs
    ]
    none = "No two codes overlap."
    tell(rows, "Codes together", csv=csv, as_json=as_json, limit=limit, empty=none, columns=PAIR)
    if plot:
        _draw(plot, of_pairs(found), f"{here.study.study.title}: codings that overlap", as_json=as_json)


@app.command()
def agreement(
    context: typer.Context,
    by: Annotated[str, typer.Option(metavar="utterance|character", help="What is compared.")] = "utterance",
    csv: Annotated[Path | None, CSV_OPTION] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show how far every two coders agree on each code, in the interviews that both have coded."""
    from storage.codes.agreement import Unit
    from storage.codes.agreement import agreement as measure

    if by not in list(Unit):
        raise typer.BadParameter(f"{by!r} is not allowed; allowed: {', '.join(Unit)}", param_hint="--by")
    here = opened(context)
    with here.database.reading() as session, progress_bar("compare") as moved:
        found = measure(session, here.study, Unit(by), moved)
    rows = [
        {
            "code": each.code,
            "coders": f"{each.first}, {each.second}",
            "interviews": len(each.interviews),
            "units": each.counts.units,
            "both": each.counts.both,
            "first_only": each.counts.first,
            "second_only": each.counts.second,
            **{name: _measure(getattr(each.measures, name)) for name in MEASURES},
            "remark": each.measures.reason,
        }
        for each in found
    ]
    title, none = f"Agreement by {by}", "Nothing is coded by two."
    tell(rows, title, csv=csv, as_json=as_json, empty=none, on_screen=_with_few_digits)
    if not as_json:
        for coders, interviews in {f"{each.first} and {each.second}": each.interviews for each in found}.items():
            more = f" and {len(interviews) - 20} more" if len(interviews) > 20 else ""
            say(f"{coders} both coded {', '.join(interviews[:20])}{more}.")


def _row(columns: Sequence[str], *values: object) -> Row:
    return dict(zip(columns, values, strict=True))


def _measure(value: float | None) -> float | None:
    """A measure with more digits than it is worth, but without those of how it was computed; None is not defined."""
    return None if value is None else round(value, 6)


def _with_few_digits(row: Row) -> Row:
    told = {name: "" if row[name] is None else f"{row[name]:.{digits}f}" for name, digits in MEASURES.items()}
    return {**row, **told}


def _draw(path: Path, shown: "Shown", title: str, *, as_json: bool) -> None:
    from storage.codes.heat_map import write_heat_map

    write_file(path, lambda file: write_heat_map(shown, file, title=title), as_json=as_json)
