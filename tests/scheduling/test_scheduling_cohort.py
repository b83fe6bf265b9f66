"""Plans of many interviews: no rule is broken, nothing better is overlooked, and the same comes out every time.

The checker and the search through every plan are written from the rules, and know nothing of how plans are made.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.availability import Slot
from scheduling.cohort.draft import Draft
from scheduling.cohort.greedy import greedy
from scheduling.cohort.problem import (
    CONTINUITY,
    DAY,
    Capacity,
    Opening,
    Plan,
    Problem,
    Score,
    Wanted,
    chosen_by,
    plan_of,
    score_of,
    weekly_loads,
)
from scheduling.cohort.reasons import why_there, why_unplaced
from scheduling.cohort.relaxation import relaxed
from scheduling.cohort.solver import solve
from scheduling.spans import Span

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
MONDAY = date(2020, 6, 1)
INTERVIEWERS = ("INT_01", "INT_02")


def at(day: date, half_hours: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + half_hours * timedelta(minutes=30)


def capacity(code: str, **given: object) -> Capacity:
    return Capacity(**{"code": code, "daily_limit": 4, "weekly_limit": 10, "room": 10, "booked_on": {}} | given)  # type: ignore[arg-type]


def wanted(code: str, *openings: Opening, **given: object) -> Wanted:
    fields = {"code": code, "group": "client", "mode": "video", "length": HOUR, "openings": openings} | given
    return Wanted(**fields)  # type: ignore[arg-type]


def problem(*those: Wanted, **given: object) -> Problem:
    fields = {
        "wanted": tuple(sorted(those, key=lambda w: w.code)),
        "capacities": {code: capacity(code) for code in INTERVIEWERS},
        "missing": {"client": 99, "manager": 99},
        "before": QUARTER,
        "after": QUARTER,
    }
    return Problem(**fields | given)  # type: ignore[arg-type]


def opening(interviewer: str, *half_hours: int, day: int = 0, cost: int | None = None) -> Opening:
    on = MONDAY + timedelta(days=day)
    starts = tuple(at(on, number) for number in half_hours)
    return Opening(interviewer, on, starts, day * DAY if cost is None else cost)


NINE = opening("INT_01", 0)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """A few people after a few places, with everything that may stand in their way."""

    def some_openings() -> tuple[Opening, ...]:
        keys = draw(
            st.lists(st.tuples(st.sampled_from(INTERVIEWERS), st.sampled_from((0, 1, 7))), unique=True, max_size=3)
        )
        found = [
            opening(who, *sorted(draw(st.sets(st.integers(0, 4), min_size=1, max_size=2))), day=day)
            for who, day in keys
        ]
        return tuple(sorted(found, key=lambda o: (o.cost, o.interviewer)))

    people = [
        wanted(
            f"{draw(st.sampled_from(('C', 'M')))}_{number}",
            *some_openings(),
            mode=draw(st.sampled_from(("phone", "video"))),
            attending=draw(st.sampled_from(("", "", "LW_1", "C_0"))),
            length=draw(st.sampled_from((HOUR, HOUR / 2))),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    people = [replace(w, group="client" if w.code.startswith("C") else "manager") for w in people]
    people = [replace(w, attending="") if w.attending == w.code else w for w in people]
    booked = st.dictionaries(st.sampled_from((MONDAY, MONDAY + timedelta(days=1))), st.integers(1, 2), max_size=1)
    return problem(
        *people,
        capacities={
            code: capacity(
                code,
                daily_limit=draw(st.integers(1, 2)),
                weekly_limit=draw(st.integers(1, 3)),
                room=draw(st.integers(1, 9)),
                load=draw(st.integers(0, 3)),
                booked_on=draw(booked),
            )
            for code in INTERVIEWERS
        },
        missing={"client": draw(st.integers(-1, 3)), "manager": draw(st.integers(-1, 3))},
        lines=draw(st.integers(0, 2)),
        line_claims=tuple(
            Span(at(MONDAY, n), at(MONDAY, n) + HOUR) for n in draw(st.sets(st.integers(0, 4), max_size=2))
        ),
    )


def broken_rules(problem: Problem, plan: Plan) -> Iterator[str]:
    """Every rule that a plan breaks."""
    people = {w.code: w for w in problem.wanted}
    codes = [one.code for one in plan.proposed]
    if sorted([*codes, *plan.unplaced]) != sorted(people):
        yield "not everyone is either placed or not"
    claims: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    calls, days, weeks = [*problem.line_claims], Counter[tuple[str, date]](), Counter[tuple[str, tuple[int, int]]]()
    for one in plan.proposed:
        who, who_with, start = people[one.code], one.slot.interviewer_code, one.slot.starts_at
        if not any(o.interviewer == who_with and start in o.starts for o in who.openings):
            yield f"{one.code} cannot be interviewed then"
        if one.slot.ends_at - start != who.length or one.mode != who.mode:
            yield f"{one.code} has the wrong length or mode"
        claim = Span(start - problem.before, one.slot.ends_at + problem.after)
        for party in {one.code, who_with, who.attending} - {""}:
            claims[party].append(claim)
        calls += [claim] if who.mode == "phone" else []
        days[who_with, start.date()] += 1
        weeks[who_with, start.isocalendar()[:2]] += 1
    for party, spans in claims.items():
        if any(a[0] < b[1] and b[0] < a[1] for a, b in combinations(spans, 2)):
            yield f"{party} would be in two places"
    for code, rule in problem.capacities.items():
        booked_weeks = Counter[tuple[int, int]]()
        for day, number in rule.booked_on.items():
            booked_weeks[day.isocalendar()[:2]] += number
        for (who_with, day), number in days.items():
            if who_with == code and number + rule.booked_on.get(day, 0) > rule.daily_limit:
                yield f"{code} is over the daily limit"
        for (who_with, week), number in weeks.items():
            if who_with == code and number + booked_weeks[week] > rule.weekly_limit:
                yield f"{code} is over the weekly limit"
    ours = {(one.slot.starts_at - problem.before) for one in plan.proposed if one.mode == "phone"}
    instants = [*ours, *(claim.start for claim in problem.line_claims)]
    for instant in instants if problem.lines else ():
        at_once = [claim for claim in calls if claim.start <= instant < claim.end]
        if len(at_once) > problem.lines and not set(at_once) <= set(problem.line_claims):
            yield "there are not so many lines"


def every_plan(problem: Problem) -> Iterator[Plan]:
    """All plans that break no rule."""
    ways = [[None, *((o, start) for o in w.openings for start in o.starts)] for w in problem.wanted]
    for chosen in product(*ways):
        placed = {w.code: place for w, place in zip(problem.wanted, chosen, strict=True) if place}
        plan = plan_of(problem, placed, "greedy")
        if not any(broken_rules(problem, plan)):
            yield plan


@settings(max_examples=60)
@given(problems())
def test_no_plan_breaks_a_rule_and_the_solver_finds_the_best_of_all(problem: Problem) -> None:
    by_hand, solved = greedy(problem), solve(problem)
    assert list(broken_rules(problem, by_hand)) == []
    assert list(broken_rules(problem, solved)) == []
    best = min(plan.score for plan in every_plan(problem))
    assert best == solved.score == solved.bound <= by_hand.score
    assert (solved.how, solved.gap) == ("optimal", 0)


@st.composite
def repairs(draw: st.DrawFn) -> Problem:
    """A problem in which some are booked already and keep a place, and moving them counts."""
    asked = draw(problems())
    placed = chosen_by(asked, greedy(asked))
    people = []
    for person in asked.wanted:
        if person.code not in placed or draw(st.booleans()):
            people.append(person)
            continue
        there, start = placed[person.code]
        others = (replace(o, moves=1) for o in person.openings if o is not there)
        here = replace(there, starts=(start,), cost=0)
        slot = Slot(start, start + person.length, there.interviewer)
        people.append(replace(person, openings=(here, *others), booked=slot, stays=True))
    return replace(asked, wanted=tuple(people))


@settings(max_examples=60)
@given(repairs())
def test_whoever_is_to_stay_keeps_a_place_and_nobody_is_moved_for_less_than_another_place(problem: Problem) -> None:
    stay = {w.code for w in problem.wanted if w.stays}
    by_hand, solved = greedy(problem), solve(problem)
    for plan in (by_hand, solved):
        assert list(broken_rules(problem, plan)) == []
        assert not stay & set(plan.unplaced)
    best = min(plan.score for plan in every_plan(problem) if not stay & set(plan.unplaced))
    assert best == solved.score == solved.bound <= by_hand.score


@settings(max_examples=100)
@given(problems())
def test_the_greedy_plan_leaves_out_nobody_for_whom_there_is_still_a_place(problem: Problem) -> None:
    plan = greedy(problem)
    placed = chosen_by(problem, plan)
    for code in plan.unplaced:
        for opening in problem.by_code[code].openings:
            for start in opening.starts:
                fuller = plan_of(problem, {**placed, code: (opening, start)}, "greedy")
                assert any(broken_rules(problem, fuller))


@settings(max_examples=150)
@given(problems())
def test_nothing_better_is_left_out_because_of_the_relaxation(problem: Problem) -> None:
    draft = Draft(problem)
    for person in problem.wanted:  # a poor plan: everyone takes the last place that is left
        for place in reversed(person.openings):
            if person.code not in draft.chosen and (start := draft.first_start(person, place)):
                draft.place(person, place, start)
    score = plan_of(problem, draft.chosen, "greedy").score
    relaxation = relaxed(problem, len(draft.chosen), moved=0)
    assert relaxation is not None
    kept = relaxation.within(score.cost - relaxation.bound, draft)
    for plan in every_plan(problem):
        if plan.score.unplaced == score.unplaced:
            assert relaxation.bound <= plan.score.cost
            if plan.score.cost < score.cost:
                assert all(o in kept[code] for code, (o, _) in chosen_by(problem, plan).items())


@settings(max_examples=20)
@given(problems())
def test_the_same_problem_gives_the_same_plan(problem: Problem) -> None:
    assert greedy(problem) == greedy(problem)
    assert solve(problem) == solve(problem)


@settings(max_examples=100)
@given(problems())
def test_the_rule_that_is_named_is_one_without_which_there_would_be_a_place(problem: Problem) -> None:
    plan = greedy(problem)
    for code, reason in why_unplaced(problem, plan).items():
        without = _lifted(problem, code, reason)
        if without is not None:
            ways = (
                plan_of(without, {**chosen_by(without, plan), code: (opening, start)}, "greedy")
                for opening in without.by_code[code].openings
                for start in opening.starts
            )
            assert any(not any(broken_rules(without, fuller)) for fuller in ways), reason


def _lifted(problem: Problem, code: str, reason: str) -> Problem | None:
    """The problem without the rule named; None where it is others' time, or several rules at once."""
    if "limit" in reason and "and the interviews" not in reason:
        more = {"weekly_limit": 99} if "weekly" in reason else {}
        more |= {"daily_limit": 99} if "daily" in reason else {}
        return replace(problem, capacities={c: replace(rule, **more) for c, rule in problem.capacities.items()})
    if "telephone" in reason:
        return replace(problem, lines=0)
    if "attends" in reason:
        return replace(problem, wanted=tuple(replace(w, attending="") if w.code == code else w for w in problem.wanted))
    return None


def test_places_go_where_most_can_be_placed() -> None:
    # C_1 could have Monday at nine, but then C_2 would have nothing
    plan = greedy(
        problem(wanted("C_1", opening("INT_01", 0), opening("INT_01", 0, day=9)), wanted("C_2", opening("INT_01", 0)))
    )
    assert plan.unplaced == ()
    assert [one.code for one in plan.proposed] == ["C_2", "C_1"]


@pytest.mark.parametrize("planner", [greedy, solve])
def test_whom_a_target_lacks_comes_before_those_beyond_another(planner: object) -> None:
    one_place = opening("INT_01", 0)
    clients = [wanted(f"C_{number}", one_place, opening("INT_02", 0)) for number in (1, 2)]
    manager = wanted("M_1", one_place, group="manager")
    plan = planner(problem(*clients, manager, missing={"client": 1, "manager": 1}))  # type: ignore[operator]
    assert {one.code for one in plan.proposed} in ({"C_1", "M_1"}, {"C_2", "M_1"})
    assert plan.score.shortfall == 0


@pytest.mark.parametrize("planner", [greedy, solve])
def test_whoever_is_beyond_a_target_gives_way_even_where_they_came_first(planner: object) -> None:
    """C_1 is the hardest to place and comes first; but C_2 is enough of clients, and M_1 could be nowhere else."""
    full_day = opening("INT_01", 8, day=1)
    asked = problem(
        wanted("C_1", NINE),
        wanted("C_2", opening("INT_02", 0), opening("INT_02", 4), opening("INT_02", 8)),
        wanted("M_1", NINE, full_day, group="manager"),
        capacities={
            "INT_01": capacity("INT_01", booked_on={full_day.day: 4}),
            "INT_02": capacity("INT_02"),
        },
        missing={"client": 1, "manager": 1},
    )
    plan = planner(asked)  # type: ignore[operator]
    assert (plan.unplaced, plan.score.shortfall) == (("C_1",), 0)


@pytest.mark.parametrize("planner", [greedy, solve])
def test_nobody_who_is_booked_gives_way(planner: object) -> None:
    slot = Slot(at(MONDAY), at(MONDAY) + HOUR, "INT_01")
    booked = wanted("C_1", NINE, booked=slot, stays=True)
    asked = problem(booked, wanted("M_1", NINE, group="manager"), missing={"client": 0, "manager": 1})
    assert planner(asked).unplaced == ("M_1",)  # type: ignore[operator]


def test_nobody_who_is_booked_is_left_out_for_a_better_cost() -> None:
    """The relaxation would have C_1 there, next to C_2 who is booked, and C_3 far sooner if C_2 were not there."""
    slot = Slot(at(MONDAY), at(MONDAY) + HOUR, "INT_01")
    asked = problem(
        wanted("C_1", opening("INT_01", 1)),
        wanted("C_2", NINE, booked=slot, stays=True, attending="LW_1"),
        wanted("C_3", opening("INT_02", 0, cost=DAY), opening("INT_02", 0, day=5), attending="LW_1"),
    )
    plan = solve(asked)
    assert plan.unplaced == ("C_1",)
    assert plan.how == "optimal"


@pytest.mark.parametrize("planner", [greedy, solve])
def test_a_known_interviewer_is_kept_for_two_weeks_and_no_longer(planner: object) -> None:
    def with_known(day: int) -> str:
        kept, other = opening("INT_01", 0, day=day), opening("INT_02", 0, cost=CONTINUITY)
        both = sorted((kept, other), key=lambda o: o.cost)
        plan = planner(problem(wanted("C_1", *both, known="INT_01")))  # type: ignore[operator]
        return plan.proposed[0].slot.interviewer_code  # type: ignore[no-any-return]

    assert (with_known(7), with_known(21)) == ("INT_01", "INT_02")


@pytest.mark.parametrize("planner", [greedy, solve])
def test_interviews_are_spread_in_proportion_to_what_each_may_take_on(planner: object) -> None:
    people = [
        wanted(f"C_{n}", *(opening(who, 3 * (n % 4), day=n // 4, cost=0) for who in INTERVIEWERS)) for n in range(9)
    ]
    rooms = {"INT_01": capacity("INT_01", room=20), "INT_02": capacity("INT_02", room=10)}
    plan = planner(problem(*people, capacities=rooms))  # type: ignore[operator]
    assert Counter(one.slot.interviewer_code for one in plan.proposed) == {"INT_01": 6, "INT_02": 3}
    assert plan.score == Score(0, 0, 0, 0)


def test_whoever_has_done_much_already_is_given_less() -> None:
    people = [wanted(f"C_{n}", *(opening(who, 3 * n, cost=0) for who in INTERVIEWERS)) for n in range(4)]
    loads = {"INT_01": capacity("INT_01", load=3), "INT_02": capacity("INT_02")}
    plan = greedy(problem(*people, capacities=loads))
    assert Counter(one.slot.interviewer_code for one in plan.proposed) == {"INT_01": 1, "INT_02": 3}
    sums = {code: sum(load.values()) for code, load in weekly_loads(problem(*people, capacities=loads), plan).items()}
    assert sums == {"INT_01": 1, "INT_02": 3}  # the three of before were not in these weeks


def test_a_plan_starts_as_early_in_the_day_as_others_let_it() -> None:
    plan = solve(problem(*(wanted(f"C_{n}", opening("INT_01", *range(12))) for n in range(3))))
    assert [one.slot.starts_at for one in plan.proposed] == [at(MONDAY, n) for n in (0, 3, 6)]


def test_the_score_is_what_it_says() -> None:
    both = problem(
        wanted("C_1", opening("INT_01", 0, day=2), opening("INT_02", 0, day=3)),
        wanted("C_2", opening("INT_01", 0), opening("INT_02", 0)),
        wanted("M_1", opening("INT_01", 0), group="manager"),
        missing={"client": 2, "manager": 0},
    )
    c_1, c_2 = both.by_code["C_1"], both.by_code["C_2"]
    # the fair share of three interviews is one and a half each, so the n-th costs (2n - 1) / 3 of a day
    assert both.fair_steps["INT_01"] == (33, 100, 166)
    assert score_of(both, {"C_1": c_1.openings[0], "C_2": c_2.openings[1]}) == Score(0, 1, 0, 2 * DAY)
    assert score_of(both, {"C_1": c_1.openings[0], "C_2": c_2.openings[0]}) == Score(0, 1, 0, 2 * DAY + 67)
    assert score_of(both, {"C_1": c_1.openings[0]}) == Score(1, 2, 0, 2 * DAY)


def test_why_somebody_is_where_they_are() -> None:
    asked = problem(
        wanted("C_1", opening("INT_01", 0), opening("INT_02", 0, cost=CONTINUITY), known="INT_01"),
        wanted("C_2", opening("INT_01", 0), opening("INT_01", 0, day=3)),
        wanted("C_3", opening("INT_02", 4), opening("INT_01", 4, day=1, cost=CONTINUITY + DAY), known="INT_01"),
        wanted("C_4", opening("INT_02", 8), opening("INT_01", 8)),
    )
    said = {one.code: why_there(asked, one) for one in solve(asked).proposed}
    assert said == {
        "C_1": "continuity, first possible day",
        "C_2": "only INT_01 can, 3 days after the first possible",
        "C_3": "another interviewer than before (INT_01), first possible day",
        "C_4": "first possible day",
    }


FULL = {"INT_01": capacity("INT_01", booked_on={MONDAY: 1}, daily_limit=1), "INT_02": capacity("INT_02")}
WEEK = {"INT_01": capacity("INT_01", booked_on={MONDAY + timedelta(days=4): 2}, weekly_limit=2)}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (
            problem(wanted("C_1", NINE), capacities=FULL),
            "every day that has a free time is at an interviewer's daily limit",
        ),
        (
            problem(wanted("C_1", NINE), capacities=WEEK),
            "every week that has a free time is at an interviewer's weekly limit",
        ),
        (
            problem(wanted("C_1", NINE, mode="phone"), lines=1, line_claims=(Span(at(MONDAY), at(MONDAY) + HOUR),)),
            "the telephone line is taken whenever there is a time that would suit",
        ),
        (
            problem(wanted("C_1", NINE, attending="LW_1"), wanted("C_0", opening("INT_02", 0), attending="LW_1")),
            "LW_1, who attends, is at other interviews at every time that would suit",
        ),
        (problem(wanted("C_1", NINE), wanted("C_0", NINE)), "every time that would suit goes to others"),
        (
            problem(
                wanted("C_1", NINE, mode="phone"),
                wanted("C_0", NINE),
                lines=1,
                line_claims=(Span(at(MONDAY), at(MONDAY) + HOUR),),
            ),
            "the interviewers' limits and the interviews of others leave no time that would suit",
        ),
    ],
)
@pytest.mark.parametrize("planner", [greedy, solve])
def test_the_rule_in_the_way_is_named(planner: object, asked: Problem, reason: str) -> None:
    assert why_unplaced(asked, planner(asked)) == {"C_1": reason}  # type: ignore[operator]


def test_a_video_interview_takes_no_line() -> None:
    busy = (Span(at(MONDAY), at(MONDAY) + HOUR),)
    assert greedy(problem(wanted("C_1", NINE), lines=1, line_claims=busy)).unplaced == ()


def test_lines_that_are_taken_more_than_there_are_stop_nobody_else() -> None:
    """A study that has given up a line while three calls at once are still booked."""
    busy = tuple(Span(at(MONDAY), at(MONDAY) + HOUR) for _ in range(3))
    places = (opening("INT_01", 0, 8), opening("INT_01", 8, day=1))  # on Monday for one of them, and only at one
    people = [wanted(f"C_{number}", *places, mode="phone") for number in (1, 2)]
    plan = solve(problem(*people, lines=2, line_claims=busy))
    assert plan.how == "optimal"
    assert [one.slot.starts_at for one in plan.proposed] == [at(MONDAY, 8), at(MONDAY + timedelta(days=1), 8)]


def test_claims_across_midnight_are_kept_apart() -> None:
    late = datetime(2020, 6, 1, 23, 30, tzinfo=UTC)
    monday = Opening("INT_01", MONDAY, (late,))
    tuesday = Opening("INT_01", MONDAY + timedelta(days=1), (late + HOUR, late + 2 * HOUR), DAY)
    for planner in (greedy, solve):
        plan = planner(problem(wanted("C_1", monday), wanted("C_2", tuesday)))
        assert [one.slot.starts_at for one in plan.proposed] == [late, late + 2 * HOUR]


def test_no_one_and_no_place_are_no_trouble() -> None:
    assert solve(problem()).proposed == greedy(problem()).proposed == ()
    assert solve(problem(wanted("C_1"))).unplaced == ("C_1",)


def test_a_search_without_time_gives_the_greedy_plan_and_says_that_nothing_is_proven() -> None:
    those = [wanted(f"C_{n}", opening("INT_01", 0, day=n), opening("INT_01", 0, day=9)) for n in (1, 1, 1)]
    asked = problem(*(replace(w, code=f"C_{n}") for n, w in enumerate(those)))
    plan = solve(asked, seconds=0)
    assert (plan.how, plan.proposed, plan.gap) == ("broken off", greedy(asked).proposed, None)


def test_the_best_and_the_bound_are_told_while_it_searches() -> None:
    told: list[tuple[str, int, int]] = []
    asked = problem(*(wanted(f"C_{n}", NINE, opening("INT_01", 0, day=n)) for n in range(1, 4)))
    plan = solve(asked, watch=lambda *said: told.append(said))
    assert told[-1] == ("cost", plan.score.cost, plan.score.cost)
    assert all(bound <= best for _, best, bound in told)
