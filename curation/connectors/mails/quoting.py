"""Leave of a message what its author wrote: no quoted reply, no signature, no mailing-list footer.

Everything here looks at one line, or at a handful of lines, of bounded length at a time, so that the work grows
with the text and no faster: the text is hostile. The shapes are those that mail clients write (Gmail, Outlook,
Apple Mail, Thunderbird, Yahoo, Proton, Orange …) in the languages named below.
"""

import re
from collections.abc import Sequence

LINE = 400
"""Characters of one line that are looked at."""

_OPENER = re.compile(
    r"\W{0,4}(?:(?:on|le|am|el|il|op|em|den|dnia|w dniu|dne)\s|\d{1,4}[./-]\d|\d{4}年|[^<>@]{1,60}<[^<>]{1,80}@)",
    re.I,
)
_VERB = re.compile(
    r"\b(?:wrote|writes|a\s[ée]crit|schrieb|escribi[óo]|ha\sscritto|scrive|schreef|escreveu|skrev|"
    r"napisał|napsal)\b|写道|のメール|>\s?wrote",
    re.I,
)
_CERTAIN = re.compile(r"@|\d{1,2}\s?[:hH.]\s?\d\d\b")
_QUOTE = re.compile(r"\s{0,8}>")

_LABEL = r"^[>*_\s]{0,6}(?:%s)[*_]{0,2}\s{0,2}[:：]"
_FROM = re.compile(_LABEL % "from|de|von|da|van|från|fra|od|от|发件人|差出人", re.I)
_OTHER = re.compile(
    _LABEL
    % "sent|date|to|cc|subject|envoy[ée]|à|a|objet|gesendet|datum|an|betreff|enviado(?: el)?|fecha|para|"
    "asunto|inviato|data|oggetto|verzonden|aan|onderwerp|assunto|skickat|till|ämne|wysłano|do|temat|"
    "发送时间|收件人|主题|件名|宛先|送信日時",
    re.I,
)
_SUBJECT = re.compile(
    _LABEL % "subject|objet|betreff|asunto|oggetto|onderwerp|assunto|ämne|temat|主题|件名", re.I
)

_CUT = re.compile(
    r"^\W{0,12}(?:original message|message d['’]origine|message original|ursprüngliche nachricht|mensaje original|"
    r"messaggio originale|oorspronkelijk bericht|mensagem original|forwarded message|message transf[ée]r[ée]|"
    r"weitergeleitete nachricht|mensaje reenviado|messaggio inoltrato|begin forwarded message|"
    r"d[ée]but du message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée]))(?:\s*[-_=*]{2,}|\s*[:：])\s*$"
    r"|^##-.{0,200}-##\s*$",
    re.I,
)
_RULE = re.compile(r"^\s{0,4}(?:[-_=*]\s?){5,}\s*$")

_DELIMITER = re.compile(r"^\s{0,2}(?:--|—|__)\s*$|^\s{0,4}_{5,}\s*$")
_NAME = re.compile(r"^(?:[-–~]|[—–]\s)[A-ZÀ-Þ][\w'’.-]{0,30}(?: [A-ZÀ-Þ][\w'’.-]{0,30}){0,2}\s*$")
_DEVICE = re.compile(
    r"^\s{0,4}(?:sent (?:from|with|via)|get outlook for|envoy[ée] (?:de|depuis|avec|à partir)|"
    r"t[ée]l[ée]charge[rz] outlook|provenance\s?:|gesendet (?:von|mit)|von meinem .{1,30} gesendet|"
    r"enviado desde|obtener outlook|inviato da|verzonden vanaf|enviado do|skickat från|wysłano z)"
    r"(?: [^\s,;!?]{1,40}){1,8}$",
    re.I,
)
_CLOSING = re.compile(
    r"^\W{0,3}(?:(?:(?:with )?(?:best|kind|kindest|warm|warmest|many thanks and) )?regards|best(?: wishes)?|"
    r"all the best|cheers|sincerely|(?:yours )?(?:sincerely|faithfully|truly)|"
    r"(?:tr[èe]s |bien )?cordialement|bien à (?:vous|toi)|(?:meilleures |sinc[èe]res |cordiales )?salutations|"
    r"respectueusement|amicalement|cdlt|cdt|veuillez agr[ée]er.{0,120}|"
    r"mit freundlichen gr(?:ü|ue)(?:ß|ss)en|(?:viele|beste|liebe|freundliche) gr(?:ü|ue)(?:ß|ss)e|mfg|"
    r"(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|(?:cordiali|distinti) saluti|saluti|"
    r"(?:met )?vriendelijke groet(?:en)?|groet(?:en|jes)?|mvg|atenciosamente|cumprimentos|abraços|"
    r"(?:med )?vänliga hälsningar|(?:med )?venlig hilsen|pozdrawiam|z poważaniem)\W{0,3}$",
    re.I,
)
_THANKS = re.compile(
    r"^(?:many thanks|thanks(?: again)?|thank you|thx|merci(?: bien)?|danke|gracias|grazie|bedankt|obrigad[oa])\W{0,3}$",
    re.I,
)
_DISCLAIMER = re.compile(
    r"^\W{0,3}(?:this (?:e-?mail|message|communication)\b.{0,200}(?:confidential|intended)|"
    r"confidentiality (?:notice|note)|the information (?:contained )?in this (?:e-?mail|message)|"
    r"ce (?:message|courriel|mail|e-?mail)\b.{0,200}confidentiel|"
    r"diese (?:e-?mail|nachricht)\b.{0,200}vertraulich|"
    r"(?:please consider|pensez à) .{0,40}environ)",
    re.I,
)


def visible(text: str) -> str:
    """Return what the author wrote in this message; the whole text where nothing else would be left."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = _unsigned(_trimmed(_unquoted(lines)))
    return "\n".join(kept or _trimmed(lines))


def _unquoted(lines: Sequence[str]) -> list[str]:
    """Drop quoted lines and what announces them; stop where the rest is a quotation without marks."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if _QUOTE.match(line):
            at += 1
        elif _CUT.match(line[:LINE]) or _header_block(lines, at):
            break
        elif length := _attribution(lines, at):
            after = next((rest for rest in lines[at + length : at + length + 20] if rest.strip()), "")
            if _QUOTE.match(after):
                at += length
            elif _CERTAIN.search(" ".join(lines[at : at + length])[: 4 * LINE]):
                break
            else:
                kept.append(line)
                at += 1
        else:
            kept.append(line.rstrip())
            at += 1
    return kept


def _attribution(lines: Sequence[str], at: int) -> int:
    """Count the lines from `at` that say "On … someone wrote:" (clients fold it over up to four), or 0."""
    said = ""
    for length in range(1, 5):
        if at + length > len(lines) or not lines[at + length - 1].strip():
            return 0
        said = f"{said} {lines[at + length - 1][:LINE].strip()}".strip()
        if (
            said.endswith((":", "：", ":*"))
            and len(said) > 12
            and _OPENER.match(said)
            and _VERB.search(said[-220:])
        ):
            return length
    return 0


def _header_block(lines: Sequence[str], at: int) -> bool:
    """Tell whether Outlook's "From: … Sent: … To: … Subject: …" starts here.

    A form that says "From: Paris, To: Lyon" is none: a subject or an address must be among the labels.
    """
    if not _FROM.match(lines[at][:LINE]):
        return False
    block = [line[:LINE] for line in lines[at + 1 : at + 8]]
    others = sum(1 for line in block if _OTHER.match(line))
    return others >= 2 and ("@" in lines[at][:LINE] or any(_SUBJECT.match(line) for line in block))


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Drop empty lines and rules at both ends."""
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and (not lines[end - 1].strip() or _RULE.match(lines[end - 1][:LINE])):
        end -= 1
    return [line.rstrip() for line in lines[start:end]]


def _unsigned(lines: list[str]) -> list[str]:
    """Drop signatures, sign-offs, device lines, list footers and disclaimers from the end, as often as they come."""
    for _ in range(5):
        cut = _signature(lines)
        if cut is None or not any(line.strip() for line in lines[:cut]):
            break
        lines = _trimmed(lines[:cut])
    return lines


def _signature(lines: Sequence[str]) -> int | None:
    """Find where the last piece of closing matter starts, looking at the last 40 lines only."""
    last = len(lines) - 1
    if last < 1:
        return None
    if _DEVICE.match(lines[last][:LINE].strip()) or (
        _NAME.match(lines[last][:LINE]) and not lines[last - 1].strip()
    ):
        return last
    for at in range(last, max(0, last - 40), -1):
        line, after = lines[at][:LINE].strip(), [rest for rest in lines[at + 1 :] if rest.strip()]
        short = all(len(rest) <= 80 for rest in after)
        if _DELIMITER.match(line) and (len(after) <= 12 or (lines[at] == "--" and short)):
            return at
        if _DISCLAIMER.match(line) and not lines[at - 1].strip():
            return at
        if _CLOSING.match(line) and short and len(after) <= 12:
            return at
        if _THANKS.match(line) and 1 <= len(after) <= 3 and all(_is_name(rest) for rest in after):
            return at
    return None


def _is_name(line: str) -> bool:
    return (
        len(line) <= 40 and len(line.split()) <= 4 and not line.rstrip().endswith((".", "!", "?", ":", ","))
    )
