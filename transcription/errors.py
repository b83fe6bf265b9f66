"""What can go wrong in this room, said to a person: the cause and the next step.

    TranscriptionError
        AudioError
            NotAudio            the file is not a sound or video file
            NoSound             a video without sound
            NothingDecodable    a sound stream from which nothing can be heard
        ModelError              a model file that is missing, damaged, not Whisper's, or knows not the language
        OtherLanguage           the people on the recording speak another language than it is to be written in

A file's name can tell who was interviewed, so no message holds one; whoever asked knows which recording it was.
"""


class TranscriptionError(Exception):
    """Anything this room cannot do for a reason that a person can act on."""


class AudioError(TranscriptionError):
    """A recording that cannot be heard."""


class NotAudio(AudioError):
    """The file is not sound or video that can be read."""


class NoSound(AudioError):
    """The file is readable and has no sound in it."""


class NothingDecodable(AudioError):
    """There is a sound stream, and not one packet of it can be decoded."""


class ModelError(TranscriptionError):
    """A model that cannot be used."""


class OtherLanguage(TranscriptionError):
    """The speech is in another language than the one it is to be written in."""
