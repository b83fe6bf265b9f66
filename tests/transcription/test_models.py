"""Model files: fetched, brought, found and checked; a wrong file is refused with a reason and a next step."""

import hashlib
import pickle
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from transcription.errors import ModelError
from transcription.models import (
    KnownModel,
    add_model,
    find_model,
    known_models,
    list_models,
    pull_model,
    verify_models,
)
from transcription.recognizers.loading import load_recognizer

CONTENT = bytes(range(256)) * 20_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(BaseHTTPRequestHandler):
    """Serves CONTENT at /model.pt from wherever it is asked to begin; /broken.pt stops in the middle."""

    ranges: list[str | None] = []  # noqa: RUF012 - shared by all requests on purpose

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.ranges.append(asked)
        if self.path not in ("/model.pt", "/broken.pt"):
            self.send_error(404)
            return
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if begin >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(CONTENT) - begin))
        self.end_headers()
        self.wfile.write(CONTENT[begin : len(CONTENT) // 2] if self.path == "/broken.pt" else CONTENT[begin:])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Server.ranges = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_model_is_pulled_with_progress_and_its_sum(server: str, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    model = pull_model(
        KnownModel("tiny", f"{server}/model.pt", SHA256),
        tmp_path / "models",
        lambda done, total: steps.append((done, total)),
    )
    assert model == find_model("tiny", tmp_path / "models")
    assert (model.sha256, model.size) == (SHA256, len(CONTENT))
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert steps == sorted(steps)
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["tiny.pt", "tiny.sha256"]


def test_a_broken_download_goes_on_where_it_stopped(server: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models pull tiny"):
        pull_model(KnownModel("tiny", f"{server}/broken.pt", SHA256), tmp_path)
    assert list_models(tmp_path) == ()

    model = pull_model(KnownModel("tiny", f"{server}/model.pt", SHA256), tmp_path)

    assert Server.ranges == [None, f"bytes={len(CONTENT) // 2}-"]
    assert model.path.read_bytes() == CONTENT


def test_a_whole_part_needs_no_more(server: str, tmp_path: Path) -> None:
    (tmp_path / "tiny.part").write_bytes(CONTENT)
    assert pull_model(KnownModel("tiny", f"{server}/model.pt", SHA256), tmp_path).sha256 == SHA256


def test_a_file_that_is_not_the_published_one_is_thrown_away(server: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="checksum"):
        pull_model(KnownModel("tiny", f"{server}/model.pt", "0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["/gone.pt", None], ids=["not there", "no server"])
def test_a_failed_download_says_what_to_do(server: str, tmp_path: Path, address: str | None) -> None:
    url = f"{server}{address}" if address else "http://127.0.0.1:9/model.pt"
    with pytest.raises(ModelError, match=r"`fieldcall models pull tiny`.*`fieldcall models add FILE`"):
        pull_model(KnownModel("tiny", url, SHA256), tmp_path)


def test_the_known_models_are_openais() -> None:
    known = {model.name: model for model in known_models()}
    assert {"tiny", "base.en", "large-v3", "turbo"} <= set(known)
    assert all(len(bytes.fromhex(model.sha256)) == 32 for model in known.values())
    with pytest.raises(ModelError, match=r"no Whisper model 'huge'.*turbo"):
        pull_model("huge", Path("unused"))


def test_a_file_is_brought(demo_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "models"
    model = add_model(demo_model, folder)
    named = add_model(demo_model, folder, "copy")

    assert [one.name for one in list_models(folder)] == ["copy", "whisper-demo"]
    assert model.sha256 == named.sha256 == hashlib.sha256(demo_model.read_bytes()).hexdigest()
    assert find_model("copy", folder).path.read_bytes() == demo_model.read_bytes()
    assert {path.suffix for path in folder.iterdir()} == {".pt", ".sha256"}


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("sprung"),))  # type: ignore[return-value]


def _wrong_files(folder: Path, demo_model: Path) -> dict[str, Path]:
    files = {name: folder / f"{name}.pt" for name in ("text", "empty", "cut", "pickle", "other", "weights")}
    files["text"].write_text("no model")
    files["empty"].touch()
    files["cut"].write_bytes(demo_model.read_bytes()[:1_000_000])
    files["pickle"].write_bytes(pickle.dumps(Trap()))
    torch.save({"weights": torch.zeros(3)}, files["other"])
    checkpoint = torch.load(demo_model, weights_only=True)
    checkpoint["model_state_dict"].popitem()
    torch.save(checkpoint, files["weights"])
    return files


@pytest.mark.parametrize("kind", ["text", "empty", "cut", "pickle", "other", "weights"])
def test_a_file_that_is_no_whisper_model_is_refused(
    kind: str, demo_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = _wrong_files(tmp_path, demo_model)[kind]
    with pytest.raises(ModelError, match="not a Whisper model in OpenAI's format"):
        add_model(file, tmp_path / "models")
    with pytest.raises(ModelError, match="fieldcall models pull NAME"):
        load_recognizer(file)
    assert not (tmp_path / "sprung").exists(), "nothing in the file is run"
    assert not (tmp_path / "models").exists()


def test_a_missing_model_is_named_with_its_folder_and_the_way_to_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as error:
        find_model("small", tmp_path)
    for part in ("'small'", str(tmp_path), "`fieldcall models pull small`", "`fieldcall models add FILE --name small`"):
        assert part in str(error.value)
    with pytest.raises(ModelError) as unpublished:
        find_model("ours", tmp_path)
    assert "models pull" not in str(unpublished.value)
    with pytest.raises(ModelError):
        load_recognizer(tmp_path / "small.pt")
    with pytest.raises(ModelError, match="There is no model file"):
        add_model(tmp_path / "small.pt", tmp_path)


@pytest.mark.parametrize("name", ["../escape", "", ".hidden", "a/b", "a b"])
def test_a_name_cannot_leave_the_folder(name: str, demo_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be the name"):
        find_model(name, tmp_path)
    if name:
        with pytest.raises(ModelError, match="cannot be the name"):
            add_model(demo_model, tmp_path, name)


def test_verifying_finds_what_has_changed(demo_model: Path, tmp_path: Path) -> None:
    add_model(demo_model, tmp_path, "good")
    bad = add_model(demo_model, tmp_path, "bad")
    with bad.path.open("r+b") as file:
        file.seek(5000)
        file.write(b"\x00\x01\x02")
    shutil.copy(demo_model, tmp_path / "loose.pt")

    complaints = {model.name: complaint for model, complaint in verify_models(tmp_path)}

    assert complaints["good"] == ""
    assert "changed" in complaints["bad"]
    assert "fieldcall models add FILE --name bad" in complaints["bad"]
    assert "No checksum" in complaints["loose"]


def test_an_empty_or_missing_folder_has_no_models(tmp_path: Path) -> None:
    assert list_models(tmp_path) == list_models(tmp_path / "none") == ()
    assert verify_models(tmp_path) == ()
