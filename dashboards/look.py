"""Streamlit's settings, and Tribune's colours in light and dark.

Sentiment is orange, grey and blue (Okabe and Ito's palette, told apart by every common kind of colour vision),
and always comes with a sign or a word beside the colour. Text on them keeps a contrast of 4.5 to 1.
"""

from typing import Any

_LIGHT = {
    "primaryColor": "#0f766e",
    "backgroundColor": "#ffffff",
    "secondaryBackgroundColor": "#f4f5f3",
    "textColor": "#1c2624",
    "linkColor": "#0b5f59",
    "borderColor": "#dfe3e0",
    "redColor": "#c2410c",
    "orangeColor": "#b4470a",
    "greenColor": "#0f766e",
    "blueColor": "#1f6f9f",
    "grayColor": "#5d6b67",
    "sidebar.backgroundColor": "#f6f7f5",
    "sidebar.secondaryBackgroundColor": "#ffffff",
    "sidebar.borderColor": "#dfe3e0",
}
_DARK = {
    "primaryColor": "#2bb5a6",
    "backgroundColor": "#121817",
    "secondaryBackgroundColor": "#1d2524",
    "textColor": "#e6ebe9",
    "linkColor": "#5fd0c3",
    "borderColor": "#33403d",
    "redColor": "#fb923c",
    "orangeColor": "#f5b25c",
    "greenColor": "#3cc4b4",
    "blueColor": "#6cb8e6",
    "grayColor": "#a3b1ad",
    "sidebar.backgroundColor": "#171e1d",
    "sidebar.secondaryBackgroundColor": "#222b2a",
    "sidebar.borderColor": "#2b3735",
}

SETTINGS: dict[str, Any] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "logger.level": "warning",
    "logger.hideWelcomeMessage": True,
    "runner.magicEnabled": False,
    # A full collection after every run would block all pages for 60 to 90 ms; Python collects by itself.
    "runner.postScriptGC": False,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.enableStaticServing": False,
    "server.maxUploadSize": 1,
    "theme.baseRadius": "0.5rem",
    "theme.showWidgetBorder": True,
    "theme.headingFontWeights": [650, 600, 600, 600, 600, 600],
    "theme.headingFontSizes": ["1.7rem", "1.2rem", "1.05rem", "1rem", "0.95rem", "0.9rem"],
    "theme.linkUnderline": False,
    **{f"theme.light.{name}": value for name, value in _LIGHT.items()},
    **{f"theme.dark.{name}": value for name, value in _DARK.items()},
}
