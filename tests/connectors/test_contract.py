"""Every stand-in in `stand_ins` goes through the contract suite."""

import importlib
from pathlib import Path
from typing import Any

from curation.testing import Contract


def _stand_ins() -> dict[str, Any]:
    """Map the name of a test class to each stand-in that is here."""
    found = {}
    for path in sorted((Path(__file__).parent / "stand_ins").glob("*.py")):
        module = importlib.import_module(f"tests.connectors.stand_ins.{path.stem}")
        for name, value in vars(module).items():
            if isinstance(value, type) and value.__module__ == module.__name__ and hasattr(value, "listing"):
                found[f"Test{name}"] = value
    return found


for _name, _stand_in in _stand_ins().items():
    globals()[_name] = type(_name, (Contract,), {"stand_in": _stand_in, "__module__": __name__})
