"""Settings and fixtures that every test may use."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# Whoever starts the tests in the background may have SIGINT ignored, and every process that a test
# starts would inherit that: the tests of Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Seeds are fixed, so that a run can be repeated; `long` (nox -s long) looks further each time.
settings.register_profile("fixed", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("long", derandomize=False, deadline=None, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published data sets, which the repository does not copy."""
    folder = Path(os.environ.get("MONOIDAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no published data in {folder}: set MONOIDAL_DATA")
    return folder
