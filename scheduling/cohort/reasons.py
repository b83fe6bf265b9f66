"""Why a plan has somebody where they are, and why it has no place for others, in words."""

from collections.abc import Mapping

from scheduling.cohort.draft import Draft, Shared
from scheduling.cohort.problem import Plan, Problem, Proposed, Wanted, chosen_by

_LIMITS: tuple[tuple[Shared, str], ...] = (("weekly limit", "week"), ("daily limit", "day"))


def why_unplaced(problem: Problem, plan: Plan) -> dict[str, str]:
    """For everyone without a place, what stands in the way, in words that follow 'because'.

    Everybody else is left where the plan has them, and one kind of rule at a time is lifted: the rule that
    is named is one without which there would be a place.
    """
    draft = Draft(problem, chosen_by(problem, plan))
    return {code: _why(draft, problem.by_code[code]) for code in plan.unplaced}


def why_there(problem: Problem, proposed: Proposed) -> str:
    """What decided about somebody's place, in a few words."""
    wanted = problem.by_code[proposed.code]
    opening = wanted.opening_at(proposed.slot)
    reasons = []
    if wanted.known:
        kept = opening.interviewer == wanted.known
        reasons.append("continuity" if kept else f"another interviewer than before ({wanted.known})")
    if len({other.interviewer for other in wanted.openings}) == 1:
        reasons.append(f"only {opening.interviewer} can")
    waited = (opening.day - min(other.day for other in wanted.openings)).days
    late = f"{waited} {'day' if waited == 1 else 'days'} after the first possible"
    reasons.append(late if waited else "first possible day")
    return ", ".join(reasons)


def _why(draft: Draft, wanted: Wanted) -> str:
    against = {draft.against(wanted, opening, start) for opening in wanted.openings for start in opening.starts}
    alone = {shared for rules in against if len(rules) == 1 for shared in rules}
    if limits := [word for limit, word in _LIMITS if limit in alone]:
        word = " or ".join(limits)
        adjective = " or ".join(limit for limit, _ in _LIMITS if limit in alone)
        return f"every {word} that has a free time is at an interviewer's {adjective}"
    return next((words for shared, words in _words(draft.problem, wanted).items() if shared in alone), _TOGETHER)


_TOGETHER = "the interviewers' limits and the interviews of others leave no time that would suit"


def _words(problem: Problem, wanted: Wanted) -> Mapping[Shared, str]:
    lines = "the telephone line is" if problem.lines == 1 else f"all {problem.lines} telephone lines are"
    return {
        "lines": f"{lines} taken whenever there is a time that would suit",
        "link worker": f"{wanted.attending}, who attends, is at other interviews at every time that would suit",
        "others": "every time that would suit goes to others",
    }
