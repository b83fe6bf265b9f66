"""`fieldcall google`: letting Fieldcall into Google, and out again."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from desk.opened import opened
from desk.output import say

app = typer.Typer(help="Let Fieldcall use a Google account, and take that back.", no_args_is_help=True)


@app.command()
def login(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of this machine, where the browser brings the answer; 0: any.")
    ] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser, or only print its address.")] = True,
) -> None:
    """Log in as the organiser in a browser; the login is kept sealed with the contacts key."""
    import webbrowser

    from storage.google.login import log_in

    def show_page(address: str) -> None:
        say(f"Consent to what Fieldcall asks for on this page, in a browser on this machine:\n{address}")
        if browser:
            webbrowser.open(address)

    here = opened(context)
    log_in(here.study, here.contacts.key, open_url=show_page, now=datetime.now(UTC), port=port)
    say("The login is kept. 'fieldcall doctor' shows whether everything else is in place.")


@app.command()
def logout(context: typer.Context) -> None:
    """Forget the login, and tell Google that it ends."""
    from storage.google.login import log_out

    here = opened(context)
    if log_out(here.study, here.contacts.key):
        say("The login is forgotten, and Google has ended it.")
    else:
        say(
            "The login is forgotten here. Google could not be told: end it at https://myaccount.google.com/connections."
        )
