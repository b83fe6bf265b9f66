"""What the demo's speakers can say: sentence templates, the phrases for their slots, and clauses.

Together with the scripted sentences they hold 528 different words. Persons, places in context and
events are invented.
"""


def _choices(text: str) -> list[str]:
    """The phrases of ``a | b c | d``; a line break counts as a space."""
    return [" ".join(phrase.split()) for phrase in text.split("|")]


def _lines(text: str) -> list[str]:
    return text.strip().split("\n")


SLOTS: dict[str, list[str]] = {
    name: _choices(phrases)
    for name, phrases in {
        "first": """
            Margaret | David | Sarah | John | Mary | Peter | Susan | James | Alice | Tom | Helen | Robert |
            Anna | Michael | Linda | George | Emma | Paul | Karen | Daniel
        """,
        "place": """
            Bristol | Leeds | London | Manchester | Oxford | Sheffield | York | Cardiff | Newcastle |
            Liverpool | Birmingham | Glasgow
        """,
        "day": "Monday | Tuesday | Wednesday | Thursday | Friday | Saturday | Sunday",
        "month": """
            January | February | March | April | May | June | July | August | September | October | November
            | December
        """,
        "num": "two | three | four | five | six | seven | eight | nine | ten",
        "num0": "zero | one | two | three | four | five | six | seven | eight | nine | ten",
        "nump": """
            two | three | four | five | six | seven | eight | nine | ten | twelve | twenty | thirty | fifty
        """,
        "unit": "weeks | months | years | days | hours",
        "filler": """
            Um, | Yes, | No, | Okay, | Well, | Right, | So, | Yeah, | I mean, | You know, | Um, yes, | Oh,
        """,
        "ack": """
            Okay. | Yes. | No. | Right. | Thank you. | I see. | Of course. | Yeah. | Good. | That is great.
            | Thank you very much. | Okay, thank you. | Yes, exactly. | No, not really. | Yes, I think so. |
            That is really helpful.
        """,
        "role": """
            link worker | doctor | nurse | manager | volunteer | social worker | support worker | health
            coach
        """,
        "roles": """
            link workers | doctors | nurses | managers | volunteers | clients | patients | families | people
        """,
        "person": """
            my mother | my father | my sister | my brother | my husband | my wife | my daughter | my son |
            my friend | my neighbour | my doctor | my link worker
        """,
        "tech": """
            the phone | the computer | the internet | email | a video call | a text message | the telephone
            | a letter | the app | the website
        """,
        "activity": """
            gardening | walking | swimming | cooking | painting | singing | reading | dancing | cycling |
            knitting | fishing | yoga
        """,
        "group": """
            walking group | art group | choir | food bank | community garden | lunch club | men's group |
            coffee morning | library | church | gym | book club
        """,
        "problem": """
            anxiety | depression | pain | stress | loneliness | diabetes | debt | housing problems | money
            problems | poor sleep | grief | back pain
        """,
        "feel": """
            lonely | anxious | better | worse | isolated | tired | happy | sad | safe | afraid | confident |
            angry | supported | worried | calm | bored
        """,
        "adj": """
            difficult | easy | helpful | important | strange | good | hard | different | new | useful |
            frustrating | stressful | lovely | terrible | positive | slow
        """,
        "adv": "really | very | quite | so | still | a bit | always | never | often | just",
        "intens": "really | very | quite | so | a bit | too",
        "place2": """
            at home | in the garden | in the office | at the surgery | in the hospital | on the phone |
            online | in the park | in the kitchen | at work | in the community | face to face
        """,
        "time": """
            in the morning | in the evening | every day | every week | last year | last month | before the
            pandemic | during the lockdown | after the first lockdown | at the beginning | in the summer |
            in the winter | at the moment | at the weekend | this year | next week | at night | in the
            afternoon
        """,
        "thing": """
            the service | the support | the project | the training | the meeting | the programme | the
            appointment | the assessment | the first call | the whole thing | the system | the plan | the
            interview | the study | the funding
        """,
        "need": """
            more time | more money | more staff | more support | better training | a bit of help | someone
            to talk to | clear information | more funding | a plan | a routine | fresh air | good advice |
            some company
        """,
        "service": """
            the council | the charity | the surgery | the hospital | the practice | the food bank | the
            government | the community team
        """,
        "verbp": "talked about | asked about | thought about | worried about | heard about | learned about",
        "topic": """
            my health | the future | the lockdown | the virus | the vaccine | my family | my work | the
            rules | the benefits | my feelings | the changes | the risk | mental health | money | the
            children | the research | your experience | the news
        """,
        "did": """
            helped me | called me | listened to me | supported me | talked to me | sent me a letter | gave
            me hope | gave me advice | visited me | wrote to me | told me about the choir | asked me to stay
            at home
        """,
        "inf": """
            go outside | see my family | talk to someone | stay at home | wear a mask | wash my hands | use
            the computer | join a group | find a job | lose weight | make new friends | get a referral | see
            the doctor | leave the house | cook dinner | work from home | sleep at night | ask for help |
            meet people | keep going | do the shopping | start again | take a walk | read the questions
        """,
        "because": "because | and | but | so | when | if | although",
        "freq": """
            once a week | twice a week | every day | every Monday | once a month | most days | all the time
            | every morning
        """,
        "ord": "first | second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth",
        "unitsg": "week | month | year | day",
        "inf2": """
            stay at home | wear a mask | work from home | use the phone | call our clients | stop all visits
            | close the office | wait and see
        """,
        "did2": """
            called me | talked to him | asked for help | went home | stayed with us | joined the choir |
            stopped working | came back
        """,
    }.items()
}

INTERVIEWER_TEMPLATES = _lines("""
Can you tell me about {topic}?
Can you tell me a bit more about {thing}?
How did you feel {time}?
How did you first hear about {thing}?
How often did you use {tech}?
What was it like to {inf}?
What do you think about {thing}?
What did {person} think about {thing}?
When did you start {activity}?
Where did you go {time}?
Who {did} {time}?
Why was it {intens} {adj}?
Did you feel {feel} {time}?
Do you still go to the {group} in {place}?
Do you feel {feel} or {feel} {time}?
Was it {adj} or {adj} to {inf}?
And how has {thing} changed {time}?
So what would you like to see {time}?
How many {roles} do you work with?
How many {unit} have you been in {place}?
Is there anything else about {thing} or {topic}?
Would you say that {thing} was {adj}?
Could you describe {thing} in {place}?
What kind of problems did {roles} have {time}?
On a scale from zero to ten, how {feel} did you feel {time}?
Did {person} help you with {topic}?
Thank you for talking to me about {topic}.
My name is {first} and I am a researcher from {place}.
Today is {day}, and I am talking to {first} from {place}.
I would like to ask you about {topic} and {topic}.
Are you happy for me to record the interview?
You can stop the interview at any time, {first}.
""")

CLIENT_TEMPLATES = _lines("""
{filler} I felt {intens} {feel} {time}.
{filler} it was {intens} {adj} to {inf} {time}.
I was {adv} {feel} and {feel}.
{filler} {person} {did} {freq}.
{filler} I went to the {group} with {first}.
I started {activity} in {month}.
I live in {place} with {person}.
I moved to {place} {num} {unit} ago.
I could not {inf} {time}.
I did not want to {inf} {place2}.
My link worker is called {first}.
We met {place2} {freq}.
I had {problem} and {problem} {time}.
{first} from {service} {did}.
I don't like {tech}, but I had to use it.
I'm {adv} {feel} when I think about {topic}.
It's {intens} {adj} when you live alone.
I've been {activity} for {num} {unit}.
I used to go {activity} {freq}.
{person} died in {month}, and I felt {feel}.
I would give it {num0} out of ten.
{filler} it was {day}, the {ord} of {month}.
{filler} I have {num} children and {num} grandchildren.
The {role} said that I should {inf}.
I didn't know what {thing} was.
I {verbp} {topic} {freq}.
I think {thing} was {adj} for me.
{person} and I {verbp} {topic}.
I can't {inf} without help.
There were {nump} people in the {group}.
It took {num} {unit} to get an appointment.
I was in hospital for {num} {unit}.
All I need is {need}.
They were all {adv} kind and {adj}.
After that I {verbp} {topic}.
I feel much {feel} now.
""")

STAFF_TEMPLATES = _lines("""
We had {nump} referrals in {month}.
We {verbp} {topic} with our {roles}.
Most of our {roles} have {problem}.
Our {roles} need {need}.
I work for {service} in {place}.
I am a {role} in {place}.
The {roles} did not have {need}.
{service} did not give us {need}.
Before the pandemic we saw {roles} {place2}.
During the lockdown we used {tech}.
We had to change {thing} in {num} days.
Some {roles} were {intens} {feel} about {topic}.
Many of the {roles} are {feel}.
We work with {nump} {roles} every {unitsg}.
I manage a team of {nump} {roles}.
The {role} can refer people to the {group}.
It is {adv} {adj} to help {roles} with {problem}.
For {roles} with {problem}, {activity} can be {adj}.
I called {first} on {day} and {day}.
On {day} we have the {group}.
In {month} and {month} it was {adj}.
We don't have {need}, and that is {adj}.
You need {need} to do this work.
We were told to {inf2}.
{thing} started in {month} and ended in {month}.
{thing} was {adj}, {because} {thing} was {adj}.
I think that {service} was {intens} {adj}.
Everyone was {feel}, and nobody knew about {topic}.
They said {thing} would be {adj} {time}.
She {did2} and he was {feel}.
He was {feel}, but she was {feel}.
{filler} that is {adv} {adj}.
{filler} I don't think so.
{filler} I don't remember.
{ack}
{ack} {ack}
{filler} {num0}, maybe {num0}.
{filler} {first} lives in {place}, near the {group}.
In {place} there is a {group}.
She is {nump} and she has {problem}.
{filler} not {adv} {adj}.
That was {time}.
About {nump} {unit} ago.
Somebody from {service} {did}.
Every {day} and every {day}.
It was my {role} who {did}.
""")

TEMPLATES = INTERVIEWER_TEMPLATES + CLIENT_TEMPLATES + STAFF_TEMPLATES

CLAUSES = _choices("""
    I felt {feel} | it was {adj} | {person} {did} | we {verbp} {topic} | I want to {inf} | they gave us
    {need} | {time} | {place2} | {first} was {feel} | in {place} | on {day} | in {month} | for {num} {unit}
    | {activity} and {activity} | with {roles} | the {role} | a {group} | {thing} is {adj} | because of
    {problem} | {adv} {adj} | to {inf} | about {topic} | they need {need} | from {service} | with {tech} | I
    don't know | you know | I think | that was it | as well | of course | and then | but also | not at all |
    he said | she told us | it wasn't {adj} | we couldn't {inf} | there was no {unitsg} | {num} or {num} |
    {first} and {first} | it's {feel}
""")
