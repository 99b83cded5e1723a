"""Call ``module:function`` with arguments in JSON, print the result as JSON: a fresh process."""

from __future__ import annotations

import json
import sys
from importlib import import_module


def main() -> None:
    module, _, function = sys.argv[1].partition(":")
    result = getattr(import_module(module), function)(**json.loads(sys.argv[2]))
    sys.stdout.write("\n" + json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
