"""The flow that sends invitations, news of changes, and reminders."""

from typing import Any

from prefect import State, flow

from flows.environment import current_study
from flows.options import SendOptions
from flows.outcomes import Summary, number
from flows.reports import report_alerts
from flows.runs import as_task, ending
from scheduling.errors import MailError
from scheduling.mails.posting import ACCOUNT, Posting, carry_out_mails
from scheduling.mails.smtp import open_post
from storage.alerts import raise_alert
from storage.contacts import open_contacts
from storage.database import open_database
from storage.tables import now

DEFAULTS = SendOptions()


@flow(name="send-reminders")
def send_reminders(options: SendOptions = DEFAULTS) -> State[Any]:
    """Send every invitation, update, cancellation and reminder that is due. Runs every five minutes."""
    return ending(_send)


def _send() -> Summary:
    study = current_study()
    database = open_database(study)
    try:
        post = open_post(study)
    except MailError as error:
        with database.writing() as session:
            raise_alert(session, ACCOUNT, str(error), now())
        return Summary(str(error), failed=True)
    if post is None:
        return Summary("this study sends no mail: [mail] server is not set in study.toml")
    posting = Posting(study, database, open_contacts(study), post)
    posted = as_task("send", "send what is due", lambda: carry_out_mails(posting, now()))
    report_alerts(study, database)
    parts = [
        (len(posted.sent), "sent"),
        (len(posted.waiting), "waiting"),
        (len(posted.dropped), "no longer wanted"),
        (len(posted.failed), "not sent, see 'fieldcall alerts'"),
    ]
    message = ", ".join(f"{number(many, 'mail')} {what}" for many, what in parts if many)
    return Summary(message or "no mail was due", failed=bool(posted.failed), needs_person=bool(posted.failed))
