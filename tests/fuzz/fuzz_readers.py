"""Feed what reads text and files with bytes that a coverage-guided fuzzer makes up.

    pip install atheris
    python tests/fuzz/fuzz_readers.py tokeniser -max_total_time=600    # one target, options of libFuzzer
    python tests/fuzz/fuzz_readers.py --all 600                        # each for so many seconds
    python tests/fuzz/fuzz_readers.py --all 600 auto json              # these
    CXX=clang++ cmake --preset fuzz && cmake --build --preset fuzz    # adds the compiled parser

A target takes any bytes and returns, or raises what it documents; anything else is a crash, and its
input is kept in the current directory. `--all` writes benchmarks/results/fuzz.txt.
"""

from __future__ import annotations

import json
import pkgutil
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import FunctionType

import qnlp.grammar

ROOT = Path(__file__).parents[2]
COMPILED = ROOT / "build" / "fuzz" / "cpp" / "fuzz" / "fuzz_grammar"
FOLDER = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))


@contextmanager
def naming(path: Path, *kinds: type[Exception]) -> Iterator[None]:
    """Let the documented errors pass, as long as they name the file."""
    try:
        yield
    except kinds as error:
        if not str(error).startswith(f"{path}:"):
            raise AssertionError(str(error)) from error


def tokeniser() -> Callable[[bytes], None]:
    from qnlp.errors import EmptySentenceError
    from qnlp.grammar import CCGReader, tokenise
    from qnlp.grammar.marks import scan

    reader = CCGReader(on_failure="fragments", max_steps=20_000)

    def run(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        words = "".join(word for word, is_word in scan(text) if is_word)
        assert set(words) <= set(unicodedata.normalize("NFC", text)) | {"'"}
        assert unicodedata.is_normalized("NFC", "".join(tokenise(text)[:1]))
        try:
            assert str(reader(text).cod) in ("s", "n")
        except EmptySentenceError:
            assert not text.split()

    return run


def lexicon() -> Callable[[bytes], None]:
    from qnlp.errors import GrammarError, QnlpError
    from qnlp.grammar import CCGReader, Lexicon, PregroupReader

    def run(data: bytes) -> None:
        path = FOLDER / "lexicon.tsv"
        path.write_bytes(data)
        found = None
        with naming(path, GrammarError):
            found = Lexicon.from_tsv(path)
        if found is None:
            return
        sentence = " ".join(["the", *list(found.config()["entries"])[:4], "sleeps"])
        for reader in (
            CCGReader(found, on_failure="fragments", max_steps=20_000),
            PregroupReader(found, max_steps=20_000),
        ):
            with suppress(QnlpError):
                reader(sentence)

    return run


def trees(format: str) -> Callable[[], Callable[[bytes], None]]:
    def prepare() -> Callable[[bytes], None]:
        from qnlp.errors import DataError, QnlpError
        from qnlp.grammar import read_trees

        def run(data: bytes) -> None:
            path = FOLDER / format
            path.write_bytes(data)
            found = []
            with naming(path, DataError):
                found = read_trees(path, format)
            for tree in found[:20]:
                assert tree.words
                with suppress(QnlpError):
                    tree.diagram()

        return run

    return prepare


def gold() -> Callable[[bytes], None]:
    from qnlp.errors import DataError
    from qnlp.grammar import read_gold

    def run(data: bytes) -> None:
        path = FOLDER / "gold.tsv"
        path.write_bytes(data)
        with naming(path, DataError):
            assert all(one.types for one in read_gold(path))

    return run


def weights() -> Callable[[bytes], None]:
    from qnlp.errors import CheckpointCorruptError, DataError
    from qnlp.grammar import ReaderWeights

    def run(data: bytes) -> None:
        path = FOLDER / "weights.json"
        path.write_bytes(data)
        with naming(path, DataError, CheckpointCorruptError):
            ReaderWeights.load(path)
        with suppress(ValueError, RecursionError):
            config = json.loads(data)
            if isinstance(config, dict):
                ReaderWeights.from_config(config)

    return run


TARGETS = {
    "tokeniser": (tokeniser, ["Well, Dr. Who doesn't sleep--3:15 p.m. (a.b@c.org) \u2019s"]),
    "lexicon": (lexicon, ["loves\tn.r s n.l\nloves\tn\t0.5\n# x\nred\t(S\\NP)/NP\t1e3\n"]),
    "auto": (
        trees("auto"),
        ["ID=1\n(<T S[dcl] 1 2> (<L NP NN NN Dogs NP>) (<L S[dcl]\\NP V V bark S[dcl]\\NP>) )\n"],
    ),
    "json": (
        trees("json"),
        [
            r'{"type": "s", "rule": "BA", "children": [{"type": "n", "text": "a"}, {"type": "s\\n"}]}',
        ],
    ),
    "penn": (trees("penn"), ["( (S (NP-SBJ (NN a)) (VP (VB b) (-NONE- *))) )"]),
    "gold": (gold, ["Dogs\tn\nbark\tn.r s\n.\n\ncats\tN\n"]),
    "weights": (
        weights,
        [
            '{"format": "monoidal reader weights", "version": 1, "sha256": "", "weights": {}}',
            '{"rules": {"list": 5}, "changes": {}, "categories": {"N": -3}, "words": {"a": {}}}',
        ],
    ),
}  # fmt: skip


def functions_of_the_package() -> Iterator[FunctionType]:
    """All that is written in Python in qnlp.grammar: an editable install's importer hides it."""
    for found in pkgutil.iter_modules(qnlp.grammar.__path__, "qnlp.grammar."):
        module = import_module(found.name)
        classes = [c for c in vars(module).values() if isinstance(c, type)]
        for owner in (module, *classes):
            for value in vars(owner).values():
                made = getattr(value, "__wrapped__", getattr(value, "__func__", value))
                made = made.fget if isinstance(made, property) else made
                if isinstance(made, FunctionType) and made.__module__ == module.__name__:
                    yield made


def fuzz(name: str, options: list[str]) -> None:
    """Run one target until an option of libFuzzer ends it."""
    import atheris

    prepare, seeds = TARGETS[name]
    run = prepare()
    for function in functions_of_the_package():
        atheris.instrument_func(function)
    corpus = FOLDER / f"corpus-{name}"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_text(seed, "utf-8")
    atheris.Setup([sys.argv[0], str(corpus), *options], run)
    atheris.Fuzz()


def fuzz_all(seconds: int, names: list[str]) -> None:
    """Targets in processes of their own, and a line of the report for each."""
    limit = [f"-max_total_time={seconds}", "-print_final_stats=1"]
    commands = {
        name: [sys.executable, __file__, name, *limit, f"-artifact_prefix={name}-"]
        for name in TARGETS
    }
    if COMPILED.exists():
        corpus = FOLDER / "corpus-parser"
        corpus.mkdir()
        words = ROOT / "cpp" / "fuzz" / "grammar.dict"
        commands["parser (C++)"] = [str(COMPILED), str(corpus), f"-dict={words}", *limit]
    lines = [
        f"Coverage-guided fuzzing of what reads text and files, {datetime.now(UTC):%Y-%m-%d}",
        "parser (C++) is cpp/fuzz under libFuzzer, ASan and UBSan, the others are",
        "tests/fuzz/fuzz_readers.py under atheris",
        "",
        f"{'target':16s}{'inputs':>10s}{'seconds':>9s}{'new paths':>11s}{'peak MiB':>10s}  outcome",
    ]
    for name, command in commands.items():
        if not names or name.split()[0] in names:
            lines.append(line(name, command))
            sys.stdout.write(lines[-1] + "\n")
            sys.stdout.flush()
    (ROOT / "benchmarks" / "results" / "fuzz.txt").write_text("\n".join(lines) + "\n", "utf-8")


def line(name: str, command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    ran = re.search(r"Done \d+ runs in (\d+) second", done.stderr)
    outcome = "no crash" if done.returncode == 0 else f"CRASH, exit code {done.returncode}"
    if done.returncode:
        Path(f"fuzz-{name.split()[0]}.log").write_text(done.stdout + done.stderr, "utf-8")
    return (
        f"{name:16s}{stats.get('number_of_executed_units', '?'):>10s}{ran[1] if ran else '?':>9s}"
        f"{stats.get('new_units_added', '?'):>11s}{stats.get('peak_rss_mb', '?'):>10s}  {outcome}"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--all"]:
        fuzz_all(int(sys.argv[2]), sys.argv[3:])
    elif sys.argv[1:2] and sys.argv[1] in TARGETS:
        fuzz(sys.argv[1], sys.argv[2:])
    else:
        sys.exit(f"{__doc__}\nTargets: {', '.join(TARGETS)}")
