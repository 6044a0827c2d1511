"""The components' own JavaScript modules, served from here under an address that changes with their content."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

HERE = Path(__file__).parent
COMPONENTS = ("frame", "activity", "inbox", "figures", "difference", "needs")

FILES = {
    f"{file.parent.name}/{file.name}": file
    for name in COMPONENTS
    for file in sorted((HERE / name).glob("*.js"))
}
CONTENTS = {name: file.read_bytes() for name, file in FILES.items()}
VERSION = hashlib.sha256(b"\0".join(CONTENTS.values())).hexdigest()[:16]

# Streamlit loads a component's script from a blob, where relative imports do not work: so it only loads ours, all at once.
_LOADER = """
const address = file => new URL("/assets/%s/%s/" + file, document.baseURI).href
for (const file of %s) {
  const link = Object.assign(document.createElement("link"), { rel: "modulepreload", href: address(file) })
  document.head.append(link)
}
export default function (component) {
  const stop = import(address("main.js")).then(module => module.default(component))
  return () => stop.then(end => end?.())
}
"""


def component(name: str) -> Callable[..., Any]:
    """Register the component in the folder `name`: its html, all its css, and `main.js` with what that imports."""
    folder = HERE / name
    return st.components.v2.component(
        f"tribune_{name}",
        html=(folder / f"{name}.html").read_text("utf-8"),
        css="\n".join(file.read_text("utf-8") for file in sorted(folder.glob("*.css"))),
        js=_LOADER % (VERSION, name, json.dumps([file.name for file in sorted(folder.glob("*.js"))])),
    )


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI: `/{version}/{component}/{file}.js`, to be kept by browsers for good."""
    path = scope["path"].removeprefix(scope.get("root_path", "")).strip("/")
    _, _, name = path.partition("/")
    if name not in CONTENTS:
        raise HTTPException(404)
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    await Response(CONTENTS[name], 200, headers, "text/javascript")(scope, receive, send)
