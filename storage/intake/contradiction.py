"""The same recording once more, with a name or a meeting that speaks against what was made of it the first time."""

from sqlmodel import select

from storage.errors import IntakeError
from storage.intake.recordings import BY_HAND, SHORT, unbind
from storage.intake.take import Intake
from storage.tables import Binding, Interview, Recording

_REMOVE = "; remove this file if its name is wrong"


def contradiction(
    intake: Intake, codes: tuple[str, ...], sha256: str, *, witness: str = "this name", or_else: str = _REMOVE
) -> str:
    """What a person must settle before this file may go: '' when its name agrees with the binding or says nothing.

    Two names of one recording cannot both be right, and one of the two may not have agreed to be recorded. So a
    binding that no person made is taken off again, and the recording waits for review. `witness` is what says whose
    it is, where that is not the file's name.
    """
    if not codes:
        return ""
    named = " and ".join(codes)
    with intake.database.writing() as session:
        recording = session.exec(select(Recording).where(Recording.sha256 == sha256)).first()
        if recording and recording.transcribed_as:
            recording = session.get_one(Recording, recording.transcribed_as)
        if recording is None:  # a text that came beside one
            return ""
        short = recording.sha256[:SHORT]
        settle = f"Listen whose it is: 'fieldcall bind {short} CODE' settles it{or_else}."
        binding = session.get(Binding, recording.id)
        if binding is None:
            return f"It is recording {short}, which is bound to nobody yet, and {witness} says {named}. {settle}"
        bound = session.get_one(Interview, binding.interview_id).participant_code
        if bound in codes:
            return ""
        same = f"It is recording {short}, which came before as that of {bound}, and {witness} says {named}."
        if binding.reason == BY_HAND:
            return f"{same} A person bound it to {bound}. {settle}"
        try:
            unbind(
                session,
                intake.study,
                recording.sha256,
                actor=intake.actor,
                review=f"came as that of {bound} and of {named}",
            )
        except IntakeError as error:
            return f"{same} {error}"
        return f"{same} It is bound to neither now. {settle}"
